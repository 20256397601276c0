/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a policy while it is read. Only for server-stub/filter/draft*.c. */
#pragma once

#include "server-stub/filter/draft.h"
#include "server-stub/sigma/doc.h"

/* A list of networks in its making. */
struct draft_nets {
	unsigned count;
	struct addr list[FILTER_NETS_MAX];
};

/* A named one. */
struct draft_named {
	const struct doc *node;
	bool used;
	struct draft_nets nets;
};

/* A grant in its making: what is granted to whom, without its ports. */
struct draft_part {
	struct filter_grant grant;
	bool all_ports;
	unsigned count;
	struct filter_range ranges[FILTER_PORTS_MAX];
};

/* What an entry names under `in`, `out` or `forward`. */
struct draft_service {
	uint8_t what; /* enum filter_what */
	bool all_ports;
	struct filter_range range;
};

struct draft {
	struct draft_mistakes *mistakes;
	struct filter *out;
	unsigned named_count, part_count;
	struct draft_named named[FILTER_LISTS_MAX];
	struct draft_part parts[FILTER_GRANTS_MAX];
};

/* Note a mistake in the manner of printf(3), at a value or at its key. Returns false. */
bool draft_note(struct draft *d, const struct doc *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool draft_note_key(struct draft *d, const struct doc *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text for a message: at most 60 bytes of it, control bytes as '?'. Valid until the next call. */
const char *draft_note_shown(struct str text);

/*
 * Read one service: "ssh" (TCP and UDP at most, so two), "tcp/22", "udp/5000-5010", "tcp", "ping", "any". How many
 * there are in out; 0: a mistake was noted.
 */
unsigned draft_words_service(struct draft *d, const struct doc *node, struct draft_service out[2]);

/* Read a network or the name of some, and add them to the list. False: a mistake was noted. */
bool draft_words_nets(struct draft *d, const struct doc *node, struct draft_nets *nets);

/* Read `networks:`. */
void draft_words_named(struct draft *d, const struct doc *map);

/* Read a port, 1 to 65535. False: the text is none. */
bool draft_words_port(struct str text, uint16_t *out);
