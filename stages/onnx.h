/*
 * onnx.h - an ONNX file as it is best given to a CPU.
 *
 * Networks are often stored in half precision, to halve the file. A CPU computes in single precision all the same, and then converts
 * back and forth between the two wherever the graph says so; graphs for training also compute outputs that nobody asks
 * for. onnx_widen() makes such a file one of single precision with its first output alone, and what that needs.
 *
 * The format is protobuf (onnx.proto, field numbers below in onnx.c); only what is changed is looked into.
 * Threads: pure functions.
 */
#ifndef PACKSHOT_STAGES_ONNX_H
#define PACKSHOT_STAGES_ONNX_H

#include <stddef.h>

/* Rewrites a model of `size` bytes. Returns 1 and the new one (malloc()ed, the caller's) where its weights are in half precision; 0 where
 * there is nothing to gain, or the file is of a kind that is better left alone (damaged, weights outside of it, half precision
 * in another place than raw_data): load it as it is, ONNX Runtime says what is wrong; -1: no memory. */
int onnx_widen(const unsigned char *model, size_t size, unsigned char **out, size_t *out_size);

#endif
