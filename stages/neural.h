/*
 * neural.h - the one door to ONNX Runtime: a salient-object network (ISNet) run on this machine.
 *
 * The library is opened at run time (dlopen), so nothing is needed to build or to run without it. Searched for in this order:
 * $PACKSHOT_ONNXRUNTIME, the model folder, the system's libonnxruntime.so*. The weights: $PACKSHOT_MODEL, the model folder.
 * The model folder is $PACKSHOT_MODEL_DIR, else $XDG_DATA_HOME/packshot, else ~/.local/share/packshot.
 *
 * Threads: one inference at a time; neural_alpha() may be called from any thread and waits its turn.
 */
#ifndef PACKSHOT_STAGES_NEURAL_H
#define PACKSHOT_STAGES_NEURAL_H

#include "stages/picture.h"

struct neural_config {
	const char *library; /* path, or NULL: search */
	const char *weights; /* path, or NULL: search */
	int input_size;      /* square, pixels; ISNet: 1024 */
	double mean, scale;  /* (v - mean) * scale, v 0..255; ISNet: 128, 1/256 */
	int threads;         /* intra-op */
};
#define NEURAL_ISNET ((struct neural_config){ NULL, NULL, 1024, 128.0, 1.0 / 256.0, 2 })

struct neural;

/* Where the two files are. 0: both found; -1 with ERR_MODEL naming what is missing and `make model`. malloc()ed. */
int neural_find(const struct neural_config *, char **library, char **weights, struct err *);

/* Opens the library and reads the weights' identity (SHA-256, part of the cache key); the network itself is loaded at the first
 * inference, so a run that finds everything in the cache does not pay for it. ERR_MODEL. */
int neural_open(struct neural **out, const struct neural_config *, struct err *);
const char *neural_identity(const struct neural *); /* hex digest of weights and settings */
/* The network's alpha for the whole photo, input_size x input_size, 1 band. ERR_MODEL, ERR_NOMEM. */
int neural_alpha(struct neural *, const struct raster *rgb, struct raster *alpha, struct err *);
void neural_close(struct neural *); /* NULL is fine */

#endif
