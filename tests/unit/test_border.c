/* border.h: smooth backdrops of any lightness, specks, and what reaches the frame. */
#include "tests/check.h"

#include "stages/border.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 512

static unsigned char ring[PLACES];

static void fill(size_t from, size_t count, int value)
{
	memset(ring + from, value, count);
}

static void check(const char *name, int usual, int least, double crossed)
{
	struct border b;

	border_read(ring, PLACES, &b);
	if (abs(b.usual - usual) > 1 || abs(b.least - least) > 1 || fabs(b.crossed - crossed) > 0.005)
		fail_msg("%s: usual %d, least %d, crossed %.3f; not %d, %d, %.3f", name, b.usual, b.least, b.crossed,
			 usual, least, crossed);
}

static void test_backdrops(void **state)
{
	(void)state;
	fill(0, PLACES, 255);
	check("white", 255, 255, 0);
	fill(0, PLACES, 240);
	check("off white", 240, 240, 0);
	for (int i = 0; i < PLACES; i++) /* darker towards the bottom, which is in the middle of the ring */
		ring[i] = (unsigned char)(254 - 40 * (i < PLACES / 2 ? i : PLACES - i) / (PLACES / 2));
	check("a gradient", 234, 214, 0);
	srand(1);
	for (int i = 0; i < PLACES; i++)
		ring[i] = (unsigned char)(248 + rand() % 5);
	check("noise", 250, 248, 0);
	fill(0, PLACES, 255);
	ring[100] = ring[300] = 200;
	check("two specks", 255, 255, 2.0 / PLACES);
}

static void test_crossings(void **state)
{
	(void)state;
	fill(0, PLACES, 255);
	fill(200, 100, 240);
	check("a pale sofa at the bottom", 255, 255, 100.0 / PLACES);
	fill(400, 30, 30);
	check("and something dark", 255, 255, 130.0 / PLACES);
	fill(0, PLACES, 255);
	fill(0, 50, 246);
	fill(PLACES - 50, 50, 246);
	check("across the ring's seam", 255, 255, 100.0 / PLACES);
	fill(0, PLACES, 100);
	fill(0, 150, 255);
	check("more product than backdrop: the middle value is the product's", 100, 100, 150.0 / PLACES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backdrops),
		cmocka_unit_test(test_crossings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
