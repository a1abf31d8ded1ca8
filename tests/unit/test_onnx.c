/* test_onnx.c - half-precision networks made single: a small file built here, field by field, and what is left alone.
 */
#include "tests/check.h"

#include "stages/onnx.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A protobuf message under construction. Lengths stay below 128 but for the graph's. */
struct message {
	unsigned char data[400];
	size_t size;
};

static void add(struct message *m, const void *data, size_t size)
{
	assert_true(m->size + size <= sizeof(m->data));
	memcpy(m->data + m->size, data, size);
	m->size += size;
}

static void add_int(struct message *m, unsigned number, unsigned value)
{
	unsigned char field[2] = { (unsigned char)(number << 3), (unsigned char)value };

	add(m, field, 2);
}

static void add_bytes(struct message *m, unsigned number, const void *data, size_t size)
{
	unsigned char head[3] = { (unsigned char)(number << 3 | 2), (unsigned char)(size & 127), 0 };

	head[1] |= size > 127 ? 128 : 0;
	head[2] = (unsigned char)(size >> 7);
	add(m, head, size > 127 ? 3 : 2);
	add(m, data, size);
}

static void add_message(struct message *m, unsigned number, const struct message *inner)
{
	add_bytes(m, number, inner->data, inner->size);
}

static const unsigned short halves[] = { 0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff,
					 0x0001, 0x83ff, 0x0400, 0x7c00, 0xfc00, 0x7e00 };
static const float singles[] = { 0.0f,     -0.0f,         1.0f,     -2.0f,    0.333251953125f, 65504.0f,
				 0x1p-24f, -0x1.ff8p-15f, 0x1p-14f, INFINITY, -INFINITY,       NAN };

static struct message tensor(unsigned type)
{
	struct message t = { .size = 0 };
	unsigned char raw[sizeof(halves)];

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (unsigned char)(i % 2 ? halves[i / 2] >> 8 : halves[i / 2]);
	add_int(&t, 1, 12); /* dims */
	add_int(&t, 2, type);
	add_bytes(&t, 8, "w", 1);
	add_bytes(&t, 9, raw, sizeof(raw));
	return t;
}

static struct message cast_to(unsigned type, const char *op)
{
	struct message node = { .size = 0 }, attribute = { .size = 0 };

	add_bytes(&attribute, 1, "to", 2);
	add_int(&attribute, 3, type);
	add_bytes(&node, 1, "x", 1);
	add_message(&node, 5, &attribute); /* before op_type, as protobuf allows */
	add_bytes(&node, 4, op, strlen(op));
	return node;
}

static struct message model(unsigned weights)
{
	struct message m = { .size = 0 }, graph = { .size = 0 }, part;

	part = cast_to(10, "Cast");
	add_message(&graph, 1, &part);
	part = cast_to(10, "Other");
	add_message(&graph, 1, &part);
	part = tensor(weights);
	add_message(&graph, 5, &part);
	add_bytes(&graph, 12, "first", 5);
	add_bytes(&graph, 12, "second", 6);
	add_bytes(&graph, 13, "hint", 4);
	add_int(&m, 1, 8);
	add_message(&m, 7, &graph);
	return m;
}

static bool contains(const unsigned char *data, size_t size, const void *part, size_t part_size)
{
	for (size_t i = 0; i + part_size <= size; i++) {
		if (memcmp(data + i, part, part_size) == 0)
			return true;
	}
	return false;
}

static void test_widened(void **state)
{
	struct message m = model(10), expected;
	unsigned char *out;
	size_t size;

	(void)state;
	assert_int_equal(onnx_widen(m.data, m.size, &out, &size), 1);
	for (size_t i = 0; i < 11; i++) /* signs of zero and infinity among them */
		assert_true(contains(out, size, &singles[i], sizeof(float)));
	assert_true(contains(out, size, singles, 11 * sizeof(float)));
	expected = cast_to(1, "Cast");
	assert_true(contains(out, size, expected.data, expected.size));
	expected = cast_to(10, "Other");
	assert_true(contains(out, size, expected.data, expected.size));
	assert_true(contains(out, size, "first", 5));
	assert_false(contains(out, size, "second", 6));
	assert_false(contains(out, size, "hint", 4));
	free(out);
}

static struct message maker(const char *op, const char *from, const char *name)
{
	struct message node = { .size = 0 };

	add_bytes(&node, 1, from, strlen(from));
	add_bytes(&node, 2, name, strlen(name));
	add_bytes(&node, 4, op, strlen(op));
	return node;
}

/* Nodes that the first output needs stay, in whatever order they stand; the others cost time for nothing. */
static void test_only_what_is_needed(void **state)
{
	struct message m = { .size = 0 }, graph = { .size = 0 }, output = { .size = 0 }, part;
	unsigned char *out;
	size_t size;

	(void)state;
	add_bytes(&output, 1, "end", 3);
	part = maker("Last", "middle", "end");
	add_message(&graph, 1, &part);
	part = maker("Aside", "middle", "side");
	add_message(&graph, 1, &part);
	part = maker("Further", "side", "other");
	add_message(&graph, 1, &part);
	part = maker("Early", "input", "middle");
	add_message(&graph, 1, &part);
	part = tensor(10);
	add_message(&graph, 5, &part);
	add_message(&graph, 12, &output);
	add_message(&m, 7, &graph);
	assert_int_equal(onnx_widen(m.data, m.size, &out, &size), 1);
	assert_true(contains(out, size, "Last", 4));
	assert_true(contains(out, size, "Early", 5));
	assert_false(contains(out, size, "Aside", 5));
	assert_false(contains(out, size, "Further", 7));
	free(out);
}

static void test_widened_is_final(void **state)
{
	struct message m = model(10);
	unsigned char *out, *again;
	size_t size, size_again;

	(void)state;
	assert_int_equal(onnx_widen(m.data, m.size, &out, &size), 1);
	assert_int_equal(onnx_widen(out, size, &again, &size_again), 0);
	assert_null(again);
	free(out);
}

static void test_left_alone(void **state)
{
	struct message single = model(1), external = { .size = 0 }, graph = { .size = 0 }, weights = { .size = 0 };
	unsigned char *out;
	size_t size;

	(void)state;
	assert_int_equal(onnx_widen(single.data, single.size, &out, &size), 0);
	add_int(&weights, 2, 10); /* half precision, and no data within the file */
	add_message(&graph, 5, &weights);
	add_message(&external, 7, &graph);
	assert_int_equal(onnx_widen(external.data, external.size, &out, &size), 0);
	assert_int_equal(onnx_widen((const unsigned char *)"not a network", 13, &out, &size), 0);
	assert_null(out);
}

/* Cut anywhere, and with any byte changed, in a block of just its size: nothing beyond it is read, nothing leaks. */
static void test_damaged(void **state)
{
	struct message m = model(10);
	unsigned char *out, *cut;
	size_t size;

	(void)state;
	for (size_t i = 0; i < m.size; i++) {
		cut = malloc(i ? i : 1);
		assert_non_null(cut);
		memcpy(cut, m.data, i);
		assert_int_equal(onnx_widen(cut, i, &out, &size), 0);
		free(cut);
		for (int bit = 0; bit < 8; bit++) {
			m.data[i] ^= (unsigned char)(1 << bit);
			assert_in_range(onnx_widen(m.data, m.size, &out, &size), 0, 1);
			m.data[i] ^= (unsigned char)(1 << bit);
			free(out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widened),          cmocka_unit_test(test_only_what_is_needed),
		cmocka_unit_test(test_widened_is_final), cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
