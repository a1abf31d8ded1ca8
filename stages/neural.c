#include "stages/neural.h"

#include "pipeline/digest.h"
#include "stages/onnx.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * ONNX Runtime's C interface is one table of function pointers which only ever grows at its end. What is used of it is
 * declared here: name, index in the table, result, parameters. The indices are those of onnxruntime_c_api.h, whose
 * authors hold them fixed by static_assert (ReleaseCustomOpDomain 101, SetGlobalSpinControl 149, ...).
 */
#define ORT_API_VERSION 11 /* the oldest table with all of them; answered by 1.11 and everything newer */
#define ORT_FUNCTIONS(X)                                                                                         \
	X(get_error_message, 2, const char *, (const struct ort_status *))                                       \
	X(create_env, 3, struct ort_status *, (int log_level, const char *log_id, struct ort_env **))            \
	X(create_session, 7, struct ort_status *,                                                                \
	  (struct ort_env *, const char *path, const struct ort_options *, struct ort_session **))               \
	X(create_session_from_array, 8, struct ort_status *,                                                     \
	  (struct ort_env *, const void *model, size_t size, const struct ort_options *, struct ort_session **)) \
	X(run, 9, struct ort_status *,                                                                           \
	  (struct ort_session *, const void *run_options, const char *const *input_names,                        \
	   const struct ort_value *const *inputs, size_t input_count, const char *const *output_names,           \
	   size_t output_count, struct ort_value **outputs))                                                     \
	X(create_session_options, 10, struct ort_status *, (struct ort_options **))                              \
	X(disable_mem_pattern, 17, struct ort_status *, (struct ort_options *))                                  \
	X(set_graph_optimization, 23, struct ort_status *, (struct ort_options *, int level))                    \
	X(set_intra_op_threads, 24, struct ort_status *, (struct ort_options *, int))                            \
	X(session_input_name, 36, struct ort_status *,                                                           \
	  (const struct ort_session *, size_t index, struct ort_allocator *, char **))                           \
	X(session_output_name, 37, struct ort_status *,                                                          \
	  (const struct ort_session *, size_t index, struct ort_allocator *, char **))                           \
	X(create_tensor_with_data, 49, struct ort_status *,                                                      \
	  (const struct ort_memory *, void *data, size_t bytes, const int64_t *shape, size_t dims, int type,     \
	   struct ort_value **))                                                                                 \
	X(tensor_data, 51, struct ort_status *, (struct ort_value *, void **))                                   \
	X(element_type, 60, struct ort_status *, (const struct ort_shape *, int *type))                          \
	X(element_count, 64, struct ort_status *, (const struct ort_shape *, size_t *))                          \
	X(type_and_shape, 65, struct ort_status *, (const struct ort_value *, struct ort_shape **))              \
	X(create_cpu_memory_info, 69, struct ort_status *, (int allocator, int kind, struct ort_memory **))      \
	X(allocator_free, 76, struct ort_status *, (struct ort_allocator *, void *))                             \
	X(default_allocator, 78, struct ort_status *, (struct ort_allocator **))                                 \
	X(release_env, 92, void, (struct ort_env *))                                                             \
	X(release_status, 93, void, (struct ort_status *))                                                       \
	X(release_memory_info, 94, void, (struct ort_memory *))                                                  \
	X(release_session, 95, void, (struct ort_session *))                                                     \
	X(release_value, 96, void, (struct ort_value *))                                                         \
	X(release_shape, 99, void, (struct ort_shape *))                                                         \
	X(release_options, 100, void, (struct ort_options *))                                                    \
	X(add_config, 130, struct ort_status *, (struct ort_options *, const char *name, const char *value))

/* Values of the interface's enums. */
enum { ORT_LOG_FATAL = 4, ORT_OPTIMIZE_ALL = 99, ORT_FLOAT = 1, ORT_DEVICE_ALLOCATOR = 0, ORT_MEMORY_DEFAULT = 0 };

struct ort_status;
struct ort_env;
struct ort_options;
struct ort_session;
struct ort_allocator;
struct ort_memory;
struct ort_value;
struct ort_shape;

typedef void any_function(void);

struct ort_base {
	any_function *const *(*get_api)(uint32_t version);
	const char *(*version)(void);
};

struct ort {
#define X(name, slot, result, parameters) result(*name) parameters;
	ORT_FUNCTIONS(X)
#undef X
};

struct neural {
	struct neural_config config; /* its paths are `library` and `weights` below */
	char *library, *weights;
	struct stat stamp; /* of the weights when their identity was taken */
	char identity[DIGEST_HEX];
	void *handle; /* of the library; never closed: its threads may outlive a session */
	struct ort ort;

	pthread_mutex_t lock; /* guards everything below; held during an inference */
	struct ort_env *env;
	struct ort_session *session; /* NULL until the first inference */
	struct ort_memory *memory;
	struct ort_allocator *allocator; /* the library's own */
	char *input, *output;            /* names, from the allocator */
	struct err broken;               /* why loading failed: it is not tried again for every picture */
};

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* NULL: no memory, or no home. */
static char *in_model_folder(const char *file)
{
	const char *dir = setting("PACKSHOT_MODEL_DIR"), *data = setting("XDG_DATA_HOME"), *home = setting("HOME");
	const char *below = "";
	size_t size;
	char *path;

	if (!dir && data) {
		dir = data;
		below = "/packshot";
	} else if (!dir) {
		dir = home;
		below = "/.local/share/packshot";
	}
	if (!dir)
		return NULL;
	size = strlen(dir) + strlen(below) + strlen(file) + 2;
	path = malloc(size);
	if (path)
		snprintf(path, size, "%s%s/%s", dir, below, file);
	return path;
}

static char *system_library(void)
{
	static const char *const places[] = { "/usr/local/lib/libonnxruntime.so*", "/usr/lib/*/libonnxruntime.so*",
					      "/usr/lib64/libonnxruntime.so*", "/usr/lib/libonnxruntime.so*" };
	char *found = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !found; i++) {
		glob_t g;

		if (glob(places[i], 0, NULL, &g) == 0) {
			found = strdup(g.gl_pathv[0]);
			globfree(&g);
		}
	}
	return found;
}

/* One file: what the configuration or the environment names must exist; else the model folder. NULL: not found. */
static char *find_file(const char *configured, const char *variable, const char *file, const char *what,
		       struct err *err)
{
	const char *named = configured ? configured : setting(variable);
	char *path = named ? strdup(named) : in_model_folder(file);

	if (path && access(path, R_OK) == 0)
		return path;
	if (named)
		err_set(err, ERR_MODEL, "%s: %s cannot be read", named, what);
	free(path);
	return NULL;
}

int neural_find(const struct neural_config *config, char **library, char **weights, struct err *err)
{
	struct err named = { 0 }; /* what is named, but cannot be read */
	char *lib = find_file(config->library, "PACKSHOT_ONNXRUNTIME", "libonnxruntime.so", "ONNX Runtime", &named);
	char *net = find_file(config->weights, "PACKSHOT_MODEL", "isnet-fp16.onnx", "the network", &named);

	*library = *weights = NULL;
	if (!lib && named.code == ERR_OK)
		lib = system_library();
	if (lib && net) {
		*library = lib;
		*weights = net;
		return 0;
	}
	if (named.code != ERR_OK)
		err_set(err, named.code, "%s", named.msg);
	else
		err_set(err, ERR_MODEL, "the local model is not installed (%s%s%s is missing): run `make model`",
			lib ? "" : "ONNX Runtime", lib || net ? "" : " and ", net ? "" : "the ISNet network");
	free(lib);
	free(net);
	return -1;
}

/* --- opening --- */

/* The weights' file in memory; MAP_FAILED where it cannot be read. */
static void *map_weights(const struct neural *n, struct stat *st)
{
	int fd = open(n->weights, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;

	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_size > 0)
		map = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	return map;
}

/* The cache key of what this network makes: the weights, how they are computed with, and how pictures are fed to it. */
static int take_identity(struct neural *n, struct err *err)
{
	const struct neural_config *c = &n->config;
	struct digest weights, whole;
	char settings[100];
	void *map = map_weights(n, &n->stamp);
	struct key *key;

	if (map == MAP_FAILED)
		return err_set(err, ERR_MODEL, "%s: the network cannot be read: run `make model`", n->weights);
	digest_of(map, (size_t)n->stamp.st_size, &weights);
	munmap(map, (size_t)n->stamp.st_size);

	snprintf(settings, sizeof(settings), "%d %.17g %.17g", c->input_size, c->mean, c->scale);
	key = key_create("neural", 2);
	if (!key)
		return err_set(err, ERR_NOMEM, "no memory for the network's identity");
	key_digest(key, "weights", &weights);
	key_text(key, "settings", settings);
	key_final(key, &whole);
	digest_hex(&whole, n->identity);
	return 0;
}

static int open_library(struct neural *n, struct err *err)
{
	const struct ort_base *(*get_base)(void);
	any_function *const *table;

	n->handle = dlopen(n->library, RTLD_NOW | RTLD_LOCAL);
	if (!n->handle)
		return err_set(err, ERR_MODEL, "%s: not a usable ONNX Runtime (%.80s): run `make model`", n->library,
			       dlerror());
	*(void **)&get_base = dlsym(n->handle, "OrtGetApiBase");
	table = get_base ? get_base()->get_api(ORT_API_VERSION) : NULL;
	if (!table)
		return err_set(err, ERR_MODEL, "%s: not ONNX Runtime, or older than 1.11: run `make model`",
			       n->library);
#define X(name, slot, result, parameters) n->ort.name = (result(*) parameters)table[slot];
	ORT_FUNCTIONS(X)
#undef X
	return 0;
}

int neural_open(struct neural **out, const struct neural_config *config, struct err *err)
{
	struct neural *n = calloc(1, sizeof(*n));

	*out = NULL;
	if (!n)
		return err_set(err, ERR_NOMEM, "no memory for the network");
	n->config = *config;
	pthread_mutex_init(&n->lock, NULL);
	if (neural_find(config, &n->library, &n->weights, err) || take_identity(n, err) || open_library(n, err)) {
		neural_close(n);
		return -1;
	}
	*out = n;
	return 0;
}

const char *neural_identity(const struct neural *n)
{
	return n->identity;
}

void neural_close(struct neural *n)
{
	if (!n)
		return;
	if (n->input)
		n->ort.allocator_free(n->allocator, n->input);
	if (n->output)
		n->ort.allocator_free(n->allocator, n->output);
	if (n->memory)
		n->ort.release_memory_info(n->memory);
	if (n->session)
		n->ort.release_session(n->session);
	if (n->env)
		n->ort.release_env(n->env);
	pthread_mutex_destroy(&n->lock);
	free(n->library);
	free(n->weights);
	free(n);
}

/* --- loading the network, at the first inference --- */

/* Passes a status on as an error: 0, or -1 with the runtime's words. */
static int check(const struct neural *n, struct ort_status *status, const char *what, struct err *err)
{
	if (!status)
		return 0;
	err_set(err, ERR_MODEL, "%s: %.140s: run `make model`", what, n->ort.get_error_message(status));
	n->ort.release_status(status);
	return -1;
}

/* The memory pattern costs much memory and saves no time; waiting threads that spin burn a core. The arena stays:
 * without it every inference has its gigabyte of fresh pages cleared by the kernel, a third more CPU time for a sixth
 * less memory. */
static int set_options(const struct neural *n, struct ort_options *o, struct err *err)
{
	static const char what[] = "setting up the network";
	const struct ort *ort = &n->ort;

	return check(n, ort->disable_mem_pattern(o), what, err) ||
	       check(n, ort->set_graph_optimization(o, ORT_OPTIMIZE_ALL), what, err) ||
	       check(n, ort->set_intra_op_threads(o, n->config.threads > 0 ? n->config.threads : 1), what, err) ||
	       check(n, ort->add_config(o, "session.intra_op.allow_spinning", "0"), what, err);
}

static bool is_unchanged(const struct neural *n, const struct stat *now)
{
	return now->st_ino == n->stamp.st_ino && now->st_size == n->stamp.st_size &&
	       now->st_mtim.tv_sec == n->stamp.st_mtim.tv_sec && now->st_mtim.tv_nsec == n->stamp.st_mtim.tv_nsec;
}

/* The session of weights in half precision, widened; NULL where they are not, or the runtime does not take them so. */
static struct ort_session *widened_session(const struct neural *n, const struct ort_options *options)
{
	struct ort_session *session = NULL;
	struct ort_status *status = NULL;
	unsigned char *wide = NULL;
	struct stat st;
	size_t size;
	void *map = map_weights(n, &st);

	if (map == MAP_FAILED)
		return NULL;
	if (is_unchanged(n, &st) && onnx_widen(map, (size_t)st.st_size, &wide, &size) > 0)
		status = n->ort.create_session_from_array(n->env, wide, size, options, &session);
	if (status)
		n->ort.release_status(status);
	free(wide);
	munmap(map, (size_t)st.st_size);
	return session;
}

static int open_session(struct neural *n, const struct ort_options *options, struct err *err)
{
	struct stat now;

	if (stat(n->weights, &now) || !is_unchanged(n, &now))
		return err_set(err, ERR_MODEL, "%s: the network was changed while packshot ran: start it again",
			       n->weights);
	n->session = widened_session(n, options);
	if (n->session)
		return 0;
	return check(n, n->ort.create_session(n->env, n->weights, options, &n->session), "loading the network", err);
}

static int load_locked(struct neural *n, struct err *err)
{
	static const char what[] = "loading the network";
	const struct ort *ort = &n->ort;
	struct ort_options *options = NULL;
	int rc = -1;

	if (check(n, ort->create_env(ORT_LOG_FATAL, "packshot", &n->env), what, err) ||
	    check(n, ort->create_session_options(&options), what, err) || set_options(n, options, err) ||
	    open_session(n, options, err) || check(n, ort->default_allocator(&n->allocator), what, err) ||
	    check(n, ort->session_input_name(n->session, 0, n->allocator, &n->input), what, err) ||
	    check(n, ort->session_output_name(n->session, 0, n->allocator, &n->output), what, err) ||
	    check(n, ort->create_cpu_memory_info(ORT_DEVICE_ALLOCATOR, ORT_MEMORY_DEFAULT, &n->memory), what, err))
		goto done;
	rc = 0;
done:
	if (options)
		ort->release_options(options);
	return rc;
}

static int ready_locked(struct neural *n, struct err *err)
{
	if (n->memory)
		return 0;
	if (n->broken.code == ERR_OK && load_locked(n, &n->broken) == 0)
		return 0;
	return err_set(err, n->broken.code, "%s", n->broken.msg);
}

/* --- inference --- */

/* The whole picture, squashed to the network's square: planar RGB. malloc()ed; NULL: no memory. */
static float *make_input(const struct neural_config *c, const struct raster *rgb, struct err *err)
{
	size_t plane = (size_t)c->input_size * (size_t)c->input_size;
	float *in = malloc(3 * plane * sizeof(*in));
	struct raster square = { 0 };
	float level[256];

	if (!in) {
		err_set(err, ERR_NOMEM, "no memory for the network's input");
		return NULL;
	}
	if (raster_scale(rgb, (struct box){ 0, 0, rgb->width, rgb->height }, c->input_size, c->input_size, &square,
			 err)) {
		free(in);
		return NULL;
	}
	for (int v = 0; v < 256; v++)
		level[v] = (float)((v - c->mean) * c->scale);
	for (size_t i = 0; i < plane; i++) {
		for (size_t band = 0; band < 3; band++)
			in[band * plane + i] = level[square.data[3 * i + band]];
	}
	raster_release(&square);
	return in;
}

/* The output must be as many floats as the input has pixels; anything else is another kind of network. */
static int read_output(const struct neural *n, struct ort_value *value, struct raster *alpha, struct err *err)
{
	static const char what[] = "reading the network's output";
	size_t count = 0, want = (size_t)n->config.input_size * (size_t)n->config.input_size;
	struct ort_shape *shape = NULL;
	void *data = NULL;
	const float *p;
	int type = 0;

	if (check(n, n->ort.type_and_shape(value, &shape), what, err))
		return -1;
	if (check(n, n->ort.element_type(shape, &type), what, err) ||
	    check(n, n->ort.element_count(shape, &count), what, err))
		count = 0;
	n->ort.release_shape(shape);
	if (type != ORT_FLOAT || count != want)
		return err_set(err, ERR_MODEL, "%s: not a network that gives a %d x %d matte: run `make model`",
			       n->weights, n->config.input_size, n->config.input_size);
	if (check(n, n->ort.tensor_data(value, &data), what, err) ||
	    raster_init(alpha, n->config.input_size, n->config.input_size, 1, err))
		return -1;
	p = data;
	for (size_t i = 0; i < want; i++) {
		/* Written so that a NaN becomes 0. */
		alpha->data[i] = p[i] > 0 ? (unsigned char)(p[i] < 1 ? p[i] * 255 + 0.5f : 255) : 0;
	}
	return 0;
}

static int infer_locked(struct neural *n, float *in, struct raster *alpha, struct err *err)
{
	static const char what[] = "running the network";
	const int64_t side = n->config.input_size, shape[4] = { 1, 3, side, side };
	size_t size = (size_t)(3 * side * side) * sizeof(*in);
	struct ort_value *input = NULL, *output = NULL;
	int rc = -1;

	if (check(n, n->ort.create_tensor_with_data(n->memory, in, size, shape, 4, ORT_FLOAT, &input), what, err))
		return -1;
	if (check(n,
		  n->ort.run(n->session, NULL, (const char *const *)&n->input, (const struct ort_value *const *)&input,
			     1, (const char *const *)&n->output, 1, &output),
		  what, err) == 0)
		rc = read_output(n, output, alpha, err);
	if (output)
		n->ort.release_value(output);
	n->ort.release_value(input);
	return rc;
}

int neural_alpha(struct neural *n, const struct raster *rgb, struct raster *alpha, struct err *err)
{
	float *in = make_input(&n->config, rgb, err);
	int rc;

	memset(alpha, 0, sizeof(*alpha));
	if (!in)
		return -1;
	pthread_mutex_lock(&n->lock);
	rc = ready_locked(n, err);
	if (rc == 0)
		rc = infer_locked(n, in, alpha, err);
	pthread_mutex_unlock(&n->lock);
	free(in);
	return rc;
}
