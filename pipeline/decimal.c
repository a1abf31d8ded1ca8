#include "pipeline/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *decimal_text(char out[DECIMAL_MAX], int64_t value, int places)
{
	uint64_t amount = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, unit = 1;
	size_t length;

	for (int i = 0; i < places; i++)
		unit *= 10;
	snprintf(out, DECIMAL_MAX, "%s%" PRIu64, value < 0 ? "-" : "", amount / unit);
	if (amount % unit == 0)
		return out;
	length = strlen(out);
	length += (size_t)snprintf(out + length, DECIMAL_MAX - length, ".%0*" PRIu64, places, amount % unit);
	while (out[length - 1] == '0')
		out[--length] = '\0';
	return out;
}
