#include "stages/onnx.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Field numbers of onnx.proto, and the types of values that matter. */
enum { MODEL_GRAPH = 7 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_OUTPUT = 12, GRAPH_VALUE_INFO = 13 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum { VALUE_NAME = 1 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_INT = 3, ATTRIBUTE_TENSOR = 5 };
enum { TENSOR_TYPE = 2, TENSOR_RAW_DATA = 9 };
enum { TYPE_FLOAT = 1, TYPE_FLOAT16 = 10 };
/* Protobuf's wire types. */
enum { WIRE_VARINT = 0, WIRE_64BIT = 1, WIRE_BYTES = 2, WIRE_32BIT = 5 };

struct span {
	const unsigned char *data;
	size_t size;
};

struct field {
	unsigned number, wire;
	uint64_t value;   /* WIRE_VARINT */
	struct span body; /* WIRE_BYTES */
	struct span whole;
};

/* Where a rewritten message goes: counted, and written where there is a place to write. */
struct sink {
	unsigned char *data; /* NULL: counted only */
	size_t size;
	bool strange;     /* something was met that is not understood: the file is left alone */
	size_t widened;   /* tensors */
	const bool *live; /* of the graph's nodes, in their order: what the first output needs */
};

static bool take_varint(struct span *in, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64 && in->size > 0; shift += 7) {
		unsigned char c = *in->data;

		in->data++;
		in->size--;
		*value |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return true;
	}
	return false;
}

static bool take_bytes(struct span *in, uint64_t size, struct span *out)
{
	if (size > in->size)
		return false;
	*out = (struct span){ in->data, (size_t)size };
	in->data += size;
	in->size -= (size_t)size;
	return true;
}

/* False at the end of a message, and where it is damaged: then `strange`. */
static bool take_field(struct span *in, struct field *f, struct sink *sink)
{
	const unsigned char *began = in->data;
	struct span skipped;
	uint64_t tag, size;
	bool good;

	if (in->size == 0)
		return false;
	memset(f, 0, sizeof(*f));
	good = take_varint(in, &tag) && tag >> 3 != 0 && tag >> 3 < 1u << 29;
	f->number = (unsigned)(tag >> 3);
	f->wire = tag & 7;
	if (good && f->wire == WIRE_VARINT)
		good = take_varint(in, &f->value);
	else if (good && f->wire == WIRE_BYTES)
		good = take_varint(in, &size) && take_bytes(in, size, &f->body);
	else
		good = good && (f->wire == WIRE_64BIT || f->wire == WIRE_32BIT) &&
		       take_bytes(in, f->wire == WIRE_64BIT ? 8 : 4, &skipped);
	f->whole = (struct span){ began, (size_t)(in->data - began) };
	sink->strange |= !good;
	return good;
}

static void put(struct sink *sink, const void *data, size_t size)
{
	if (sink->data)
		memcpy(sink->data + sink->size, data, size);
	sink->size += size;
}

static void put_varint(struct sink *sink, uint64_t value)
{
	unsigned char c;

	do {
		c = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
		put(sink, &c, 1);
		value >>= 7;
	} while (value);
}

static void put_int(struct sink *sink, unsigned number, uint64_t value)
{
	put_varint(sink, (uint64_t)number << 3 | WIRE_VARINT);
	put_varint(sink, value);
}

typedef void rewrite(struct sink *, struct span message);

/* A message within a message, whose length is known only once it has been rewritten: so that is done twice. */
static void put_message(struct sink *sink, unsigned number, rewrite *how, struct span message)
{
	struct sink counted = { .live = sink->live };

	how(&counted, message);
	sink->strange |= counted.strange;
	put_varint(sink, (uint64_t)number << 3 | WIRE_BYTES);
	put_varint(sink, counted.size);
	if (sink->data)
		how(sink, message);
	else
		sink->size += counted.size;
	if (!sink->data)
		sink->widened += counted.widened;
}

/* IEEE 754 half to single precision: the exponents differ by 112. */
static float widen(unsigned half)
{
	uint32_t bits = (half & 0x7fff) << 13, sign = (half & 0x8000) << 16;
	float value;

	memcpy(&value, &bits, sizeof(value));
	value *= 0x1p112f;
	memcpy(&bits, &value, sizeof(bits));
	if ((half & 0x7c00) == 0x7c00) /* infinite, or no number */
		bits = (half & 0x7fff) << 13 | 0x7f800000;
	bits |= sign;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void put_widened(struct sink *sink, struct span halves)
{
	size_t count = halves.size / 2;

	put_varint(sink, TENSOR_RAW_DATA << 3 | WIRE_BYTES);
	put_varint(sink, count * sizeof(float));
	for (size_t i = 0; sink->data && i < count; i++) {
		float value = widen(halves.data[2 * i] | (unsigned)halves.data[2 * i + 1] << 8);

		memcpy(sink->data + sink->size + i * sizeof(value), &value, sizeof(value));
	}
	sink->size += count * sizeof(float);
	sink->widened++;
}

static bool is_half(struct span tensor)
{
	struct sink ignored = { 0 };
	struct field f;

	while (take_field(&tensor, &f, &ignored)) {
		if (f.number == TENSOR_TYPE && f.wire == WIRE_VARINT)
			return f.value == TYPE_FLOAT16;
	}
	return false;
}

static void rewrite_tensor(struct sink *sink, struct span tensor)
{
	bool half = is_half(tensor), raw = false;
	struct field f;

	while (take_field(&tensor, &f, sink)) {
		if (half && f.number == TENSOR_TYPE) {
			put_int(sink, TENSOR_TYPE, TYPE_FLOAT);
		} else if (half && f.number == TENSOR_RAW_DATA) {
			put_widened(sink, f.body);
			raw = true;
		} else {
			put(sink, f.whole.data, f.whole.size);
		}
	}
	sink->strange |= half && !raw;
}

static void rewrite_attribute(struct sink *sink, struct span attribute, bool of_cast)
{
	struct field f;

	while (take_field(&attribute, &f, sink)) {
		if (f.number == ATTRIBUTE_TENSOR && f.wire == WIRE_BYTES)
			put_message(sink, f.number, rewrite_tensor, f.body);
		else if (of_cast && f.number == ATTRIBUTE_INT && f.value == TYPE_FLOAT16)
			put_int(sink, f.number, TYPE_FLOAT); /* a cast to what it is already, which costs nothing */
		else
			put(sink, f.whole.data, f.whole.size);
	}
}

static void rewrite_plain_attribute(struct sink *sink, struct span attribute)
{
	rewrite_attribute(sink, attribute, false);
}

static void rewrite_cast_attribute(struct sink *sink, struct span attribute)
{
	rewrite_attribute(sink, attribute, true);
}

static bool is_cast(struct span node)
{
	struct sink ignored = { 0 };
	struct field f;

	while (take_field(&node, &f, &ignored)) {
		if (f.number == NODE_OP_TYPE)
			return f.body.size == 4 && memcmp(f.body.data, "Cast", 4) == 0;
	}
	return false;
}

static void rewrite_node(struct sink *sink, struct span node)
{
	rewrite *how = is_cast(node) ? rewrite_cast_attribute : rewrite_plain_attribute;
	struct field f;

	while (take_field(&node, &f, sink)) {
		if (f.number == NODE_ATTRIBUTE && f.wire == WIRE_BYTES)
			put_message(sink, f.number, how, f.body);
		else
			put(sink, f.whole.data, f.whole.size);
	}
}

/* --- what the first output needs --- */

#define NODES_MAX 20000 /* a graph of more is left whole: need() goes down node by node */

struct nodes {
	struct span *messages, *outputs; /* each node, and the one name that it makes */
	bool *live;
	size_t count;
};

static size_t count_nodes(struct span graph)
{
	struct sink ignored = { 0 };
	struct field f;
	size_t n = 0;

	while (take_field(&graph, &f, &ignored))
		n += f.number == GRAPH_NODE && f.wire == WIRE_BYTES;
	return n;
}

/* The first field of that number in a message; empty where there is none. */
static struct span first_of(struct span message, unsigned number)
{
	struct sink ignored = { 0 };
	struct field f;

	while (take_field(&message, &f, &ignored)) {
		if (f.number == number && f.wire == WIRE_BYTES)
			return f.body;
	}
	return (struct span){ 0 };
}

static bool is_same(struct span a, struct span b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Whoever makes `name` is needed, and whatever that needs. Depth is bounded by the nodes: each is gone through once. */
static void need(struct nodes *n, struct span name)
{
	struct sink ignored = { 0 };
	struct span rest;
	struct field f;
	size_t i = 0;

	while (i < n->count && (name.size == 0 || !is_same(n->outputs[i], name)))
		i++;
	if (i == n->count || n->live[i])
		return;
	n->live[i] = true;
	for (rest = n->messages[i]; take_field(&rest, &f, &ignored);) {
		if (f.number == NODE_INPUT && f.wire == WIRE_BYTES)
			need(n, f.body);
	}
}

/* Also a node that makes several things is taken by its first: such graphs are left whole. */
static bool makes_one(struct span node)
{
	struct sink ignored = { 0 };
	struct field f;
	int made = 0;

	while (take_field(&node, &f, &ignored))
		made += f.number == NODE_OUTPUT;
	return made == 1;
}

/* NULL: no memory, or a graph of another kind. */
static bool *find_live(struct span graph)
{
	struct nodes n = { .count = count_nodes(graph) };
	struct span output = first_of(first_of(graph, GRAPH_OUTPUT), VALUE_NAME), rest = graph;
	struct sink ignored = { 0 };
	bool good = output.size > 0 && n.count <= NODES_MAX;
	struct field f;
	size_t i = 0;

	n.messages = calloc(n.count + 1, sizeof(*n.messages));
	n.outputs = calloc(n.count + 1, sizeof(*n.outputs));
	n.live = calloc(n.count + 1, sizeof(*n.live));
	good = good && n.messages && n.outputs && n.live;
	while (good && take_field(&rest, &f, &ignored)) {
		if (f.number != GRAPH_NODE || f.wire != WIRE_BYTES)
			continue;
		good = makes_one(f.body);
		n.messages[i] = f.body;
		n.outputs[i++] = first_of(f.body, NODE_OUTPUT);
	}
	if (good)
		need(&n, output);
	free(n.messages);
	free(n.outputs);
	if (good)
		return n.live;
	free(n.live);
	return NULL;
}

/* Types noted for values within the graph hold no more and can be inferred: they are left out. */
static void rewrite_graph(struct sink *sink, struct span graph)
{
	bool has_output = false;
	struct field f;
	size_t node = 0;

	while (take_field(&graph, &f, sink)) {
		if (f.number == GRAPH_NODE && f.wire == WIRE_BYTES && sink->live && !sink->live[node++])
			continue;
		if (f.number == GRAPH_NODE && f.wire == WIRE_BYTES)
			put_message(sink, f.number, rewrite_node, f.body);
		else if (f.number == GRAPH_INITIALIZER && f.wire == WIRE_BYTES)
			put_message(sink, f.number, rewrite_tensor, f.body);
		else if (f.number != GRAPH_VALUE_INFO && !(f.number == GRAPH_OUTPUT && has_output))
			put(sink, f.whole.data, f.whole.size);
		has_output |= f.number == GRAPH_OUTPUT;
	}
}

static void rewrite_model(struct sink *sink, struct span model)
{
	struct field f;

	while (take_field(&model, &f, sink)) {
		if (f.number == MODEL_GRAPH && f.wire == WIRE_BYTES)
			put_message(sink, f.number, rewrite_graph, f.body);
		else
			put(sink, f.whole.data, f.whole.size);
	}
}

int onnx_widen(const unsigned char *model, size_t size, unsigned char **out, size_t *out_size)
{
	bool *live = find_live(first_of((struct span){ model, size }, MODEL_GRAPH));
	struct sink sink = { .live = live };
	int rc = 0;

	*out = NULL;
	*out_size = 0;
	rewrite_model(&sink, (struct span){ model, size });
	if (!sink.strange && sink.widened > 0) {
		sink.data = malloc(sink.size);
		sink.size = 0;
		rc = sink.data ? 1 : -1;
	}
	if (rc > 0) {
		rewrite_model(&sink, (struct span){ model, size });
		*out = sink.data;
		*out_size = sink.size;
	}
	free(live);
	return rc;
}
