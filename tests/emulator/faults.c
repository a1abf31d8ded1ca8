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
static unsigned short fault_dice[3] = { 1, 2, 3 };

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
	fault_dice[0] = (unsigned short)seed;
	fault_dice[1] = (unsigned short)(seed >> 16);
	fault_dice[2] = (unsigned short)(seed * 40503u);
}

enum fault fault_next(const char *text)
{
	const char *mark = text ? strstr(text, "FAULT-") : NULL;
	double dice = erand48(fault_dice) * 100;

	if (mark) {
		enum fault f = fault_by_name(mark + 6, strspn(mark + 6, "abcdefghijklmnopqrstuvwxyz_0123456789"));

		return f == FAULTS ? FAULT_NONE : f;
	}
	if (fault_script_at < fault_script_end)
		return fault_script[fault_script_at++];
	for (int i = 0; i < FAULTS; i++) {
		if (dice < fault_chances[i])
			return (enum fault)i;
		dice -= fault_chances[i];
	}
	return FAULT_NONE;
}
