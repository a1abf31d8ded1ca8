#include "tests/emulator/emulator.h"

#include <stdlib.h>
#include <string.h>

static const char *const fault_names[FAULTS] = {
#define X(id, name) [FAULT_##id] = name,
	EMULATOR_FAULTS(X)
#undef X
};

static double fault_chances[FAULTS]; /* percent */
static enum fault fault_script[4096];
static int fault_script_at, fault_script_end;
static unsigned long fault_seed_is = 1;
static unsigned char fault_asked[1 << 24]; /* how often a text came, by its hash */

const char *fault_name(enum fault f)
{
	return fault_names[f];
}

static enum fault fault_by_name(const char *name, size_t size)
{
	for (int i = 0; i < FAULTS; i++) {
		if (strlen(fault_names[i]) == size && strncmp(name, fault_names[i], size) == 0)
			return (enum fault)i;
	}
	return FAULTS;
}

bool fault_set_chance(const char *setting)
{
	size_t size = strcspn(setting, "=");
	enum fault f = fault_by_name(setting, size);

	if (f == FAULTS || setting[size] != '=')
		return false;
	fault_chances[f] = atof(setting + size + 1);
	return true;
}

bool fault_set_script(const char *names)
{
	fault_script_at = fault_script_end = 0;
	while (*names) {
		size_t size = strcspn(names, ",\n");
		enum fault f = fault_by_name(names, size);

		if (f == FAULTS || fault_script_end == 4096)
			return false;
		fault_script[fault_script_end++] = f;
		names += size + (names[size] != '\0');
	}
	return true;
}

void fault_seed(unsigned long seed)
{
	fault_seed_is = seed;
}

static uint64_t mixed(uint64_t x) /* splitmix64 */
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* 0 to 100, the same for the same text asked for the same time: what happens does not hang on who comes first. */
static double dice(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3; /* FNV-1a */
	return (double)(mixed(hash ^ mixed(fault_seed_is + 1000 * ++fault_asked[hash >> 40])) >> 11) * 0x1p-53 * 100;
}

enum fault fault_next(const char *text)
{
	const char *mark = text ? strstr(text, "FAULT-") : NULL;
	double thrown;

	if (mark) {
		enum fault f = fault_by_name(mark + 6, strspn(mark + 6, "abcdefghijklmnopqrstuvwxyz_0123456789"));

		return f == FAULTS ? FAULT_NONE : f;
	}
	if (fault_script_at < fault_script_end)
		return fault_script[fault_script_at++];
	thrown = dice(text);
	for (int i = 0; i < FAULTS; i++) {
		if (thrown < fault_chances[i])
			return (enum fault)i;
		thrown -= fault_chances[i];
	}
	return FAULT_NONE;
}
