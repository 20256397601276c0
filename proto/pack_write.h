/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes packs of rules (pack.h), row by row; the number of a row is its place. Equal strings become one, so the same
 * calls give the same bytes. A row that does not fit into the memory sets `overflow`, and pack_write() says so.
 */
#pragma once

#include "agent/base/buf.h"
#include "proto/pack.h"

#define PACK_WRITER_BYTES (24u << 20) /* of memory, which is touched only as far as it is used */

struct pack_writer {
	struct buf rows[PACK_SECTIONS_KNOWN]; /* by enum pack_section; those of PACK_STRINGS are the strings' ends */
	struct buf strings;		      /* their bytes */
	uint32_t *known;		      /* strings by hash: number plus 1 */
	uint32_t string_count, needs;
	bool overflow;
};

/* Begin an empty pack over PACK_WRITER_BYTES of memory, aligned as from malloc(3), which must outlive the writer. */
void pack_write_init(struct pack_writer *w, void *memory);

/* The number of a string, which is added if it is new. */
uint32_t pack_write_string(struct pack_writer *w, struct str s);

/* The number of a field, which is added if it is new. */
uint16_t pack_write_field(struct pack_writer *w, struct str name);

/* A thing that readers of the pack must be able to do; it is refused by one that is not. */
void pack_write_need(struct pack_writer *w, struct str need);

/* Append a row. Strings within are added. Each returns the row's number. */
uint32_t pack_write_rule(struct pack_writer *w, const struct pack_rule *r);
uint32_t pack_write_matcher(struct pack_writer *w, const struct pack_matcher *m);
uint32_t pack_write_pattern(struct pack_writer *w, const struct pack_pattern *p);
uint32_t pack_write_correlation(struct pack_writer *w, const struct pack_correlation *c);
uint32_t pack_write_ref(struct pack_writer *w, const struct pack_ref *r);
uint32_t pack_write_ref_field(struct pack_writer *w, uint16_t field);
uint32_t pack_write_test(struct pack_writer *w, const struct pack_test *t);
uint32_t pack_write_test_value(struct pack_writer *w, const struct pack_test_value *v);

/* Append a node. One with others within is ended behind the last of them; PACK_MATCH is not. */
uint32_t pack_write_node(struct pack_writer *w, enum pack_node_kind kind, uint32_t arg);
void pack_write_node_end(struct pack_writer *w, uint32_t node);

/* How many rows were written. */
uint32_t pack_write_count(const struct pack_writer *w, enum pack_section section);

/* Append the whole pack to b. ERR_TOO_LONG: it does not fit into b, or a limit of pack.h was passed. */
ERR_CHECK enum err pack_write(struct pack_writer *w, struct str name, uint64_t version, struct buf *b);
