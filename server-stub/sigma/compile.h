/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles Sigma (specification 2.1: rules, correlations, filters) to a pack
 * (proto/pack.h). Texts are added one by one; compile_link() then puts together
 * what refers to each other. What is wrong with a document is noted at it and
 * keeps the others out of trouble.
 *
 * A rule without an id is known by its name, and without a name by a hash of
 * its title. A filter takes from the rules that it names, or from all that its
 * logsource covers, what its condition describes; a condition that is all
 * negated, "not selection", as the reference converter wants it, means the same
 * as without "not".
 *
 * A key `caltrop` of a rule holds events that tell whether the rule works:
 * under `match` a list of events, each of which has to match, and under
 * `ignore` of those that must not. Those of a correlation are one sequence
 * each, in which `after: 5s` says how much later an event is than the one
 * before.
 */
#pragma once

#include "proto/pack_write.h"
#include "server-stub/sigma/doc.h"
#include "server-stub/sigma/tree.h"

#include <stdbool.h>
#include <stdint.h>

#define COMPILE_RULES_MAX PACK_RULES_MAX
#define COMPILE_COUNT_MAX 1000 /* the largest number that a correlation may count to */
#define COMPILE_TIMESPAN_MAX (30 * 86400)

enum compile_kind { COMPILE_RULE, COMPILE_CORRELATION, COMPILE_FILTER };

struct compile_correlation {
	struct pack_correlation row;
	struct compile_rule *refs[PACK_REFS_MAX];
	struct str groups[PACK_GROUPS_MAX], values[PACK_GROUPS_MAX];
	bool generate; /* what it counts alerts by itself as well */
	uint8_t visit; /* 0 not yet, 1 under way, 2 its rules are found, 3 it is
			  written */
};

/* One document. */
struct compile_rule {
	struct compile_rule *next;
	const char *file;
	enum compile_kind kind;
	const struct doc *doc;
	struct pack_about about;
	struct str name;
	struct pack_rule row;
	struct branch *root; /* of a rule, or what a filter takes away */
	bool has_expression;
	bool is_counted, alerts; /* a correlation counts it; it alerts all the same */
	uint32_t number;	 /* of its row, once it is written */
	struct compile_correlation correlation;
	struct doc_error error; /* why[0]: it is refused */
};

struct compile {
	struct arena arena;
	const struct doc *lists; /* for placeholders; NULL: none */
	struct compile_rule *first, **place;
	unsigned count, refused;
	struct doc_error error; /* of what was added last, where it is no rule's: it is no YAML */
};

/* Begin. compile_free() gives the memory back. */
void compile_init(struct compile *c);
void compile_free(struct compile *c);

/* Read the lists for placeholders. False: c->error says why. */
bool compile_lists(struct compile *c, struct str text);

/*
 * Add the documents of a file; `file` is kept. False: it is no YAML, which is
 * noted as a refused rule too. Every other mistake is noted at its rule.
 */
bool compile_text(struct compile *c, const char *file, struct str text);

/* When all texts were added: apply filters, find what correlations refer to,
 * find ids that stand twice. */
void compile_link(struct compile *c);

/* Write all that is not refused. */
void compile_write(struct compile *c, struct pack_writer *w);

/* The field that a name of group-by or condition means in the events of one of
 * the rules that a correlation counts. */
struct str compile_alias(const struct compile_rule *r, struct str name, const struct compile_rule *ref);

/* For the files of this noun: note at a rule what is wrong, and return false.
 */
bool compile_wrong(struct compile_rule *r, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same: parts of reading and writing rules. */
bool compile_about(struct compile *c, struct compile_rule *r);
bool compile_logsource(struct compile_rule *r);
bool compile_correlate(struct compile_rule *r);
void compile_resolve(struct compile *c);
void compile_filters(struct compile *c);
struct compile_rule *compile_find(const struct compile *c, struct str name);
void compile_write_correlations(struct compile *c, struct pack_writer *w);
void compile_write_tests(const struct compile_rule *r, struct pack_writer *w);
bool compile_check_tests(struct compile_rule *r);
bool compile_span(const struct doc *d, uint32_t *seconds);
