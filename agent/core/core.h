/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's head without hands: joins sensors, rules, incidents and response. Pure: inputs and time go in,
 * effects come out, all memory is handed over at start. agent/shell is the one caller in production, tests/sim the
 * other.
 *
 *   core_feed(core, input, now)        one input; never blocks, never fails: what is wrong with it becomes an effect
 *   while (core_take(core, &effect))   carry out; an effect's bytes are valid until the next call of the core
 *   core_deadline(core)                when to feed INPUT_TICK at the latest (INT64_MAX: no need)
 *
 * Several inputs may be fed before taking, as long as core_full() says false: the queue then holds what one more
 * input can produce. core_feed on a full queue is a programming error. Taking ends with core_take() returning
 * false; it also makes effects that nobody feeds for (a save that is due, the rest of a long reply).
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"
#include "agent/common/verbs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum input_kind {
	INPUT_LINE = 1,	    /* one log line of a source, without its LF; an empty one only tells the place */
	INPUT_RECEIPT,	    /* struct actor_receipt */
	INPUT_BAN_STATE,    /* struct actor_ban */
	INPUT_ACTOR_HEALTH, /* struct actor_health */
	INPUT_NETS,	    /* struct actor_nets */
	INPUT_ORDER,	    /* a signed order from the uplink */
	INPUT_CONTROL,	    /* one request line of the local command line */
	INPUT_SHELL,	    /* counters and problems only the shell can know (struct core_shell_health) */
	INPUT_RESTORE,	    /* the saved state, before any other input; bytes may be damaged */
	INPUT_TICK,
	INPUT_SYNCED, /* ACTOR_SYNCED: every ban in force has been told by INPUT_BAN_STATE */
	INPUT_SAVE,   /* save now, for instance before leaving: EFFECT_SAVE comes with the next takes */
};

/* Where a source stands; saved with the state so that a restart resumes exactly behind the last line taken in. */
struct core_place {
	uint64_t inode;	   /* 0: not a file */
	uint64_t offset;   /* of the byte behind the line's LF */
	uint32_t head_crc; /* CRC-32C of the file's first min(256, size) bytes when opened: tells a reused inode */
	uint32_t head_len;
};

#define CORE_ORDER_SIGNATURES VERBS_SIGNATURES_MAX
#define CORE_PROBLEMS_MAX 16
#define CORE_COUNTERS_MAX 24

/* What the shell adds to health; texts are borrowed for the call. */
struct core_shell_health {
	unsigned problem_count;
	const char *problems[CORE_PROBLEMS_MAX]; /* sentences: "cannot read auth.log: permission denied" */
	unsigned counter_count;
	struct {
		const char *name;
		uint64_t value;
	} counters[CORE_COUNTERS_MAX];
	bool linked; /* the uplink is welcome at the service */
};

struct input {
	enum input_kind kind;
	uint16_t source;	 /* LINE: index as in the settings' files; CORE_SOURCE_* otherwise */
	uint32_t writer;	 /* LINE of CORE_SOURCE_SYSLOG: the kernel says who sent it; 0: not known */
	struct core_place place; /* LINE: behind this line */
	struct str bytes;	 /* LINE, CONTROL, RESTORE */
	uint64_t token;		 /* CONTROL: echoed in the reply */
	bool root;		 /* CONTROL: the peer may change things */
	const struct actor_receipt *receipt;
	const struct actor_ban *ban;
	const struct actor_health *health;
	const struct actor_nets *nets;
	const struct actor_order *order; /* ORDER: header.request_id is ignored */
	const struct core_shell_health *shell;
};

#define CORE_SOURCE_SYSLOG 0xfffe /* only lines that root wrote */
#define CORE_SOURCE_AUDIT 0xfffd

enum effect_kind {
	EFFECT_ACT = 1, /* send to the actor: act */
	EFFECT_ORDER,	/* send to the actor: order */
	EFFECT_RECORD,	/* append to the spool: bytes are an encoded Record */
	EFFECT_REPLY,	/* answer to the local command line: bytes are whole rows (base/rows.h); while `more` is
			 * set, further effects with the same token continue it; the last row is "ok"/"error" */
	EFFECT_SAVE,	/* write the state atomically: bytes are the snapshot. Only after every record appended
			 * before it is synced, so that a lost record's line is read again */
	EFFECT_LOG,	/* a line for the log (stderr): bytes, severity */
};

struct effect {
	enum effect_kind kind;
	enum severity severity;
	struct str bytes;
	uint64_t token; /* REPLY */
	bool more;	/* REPLY: the answer goes on in a later effect */
	const struct actor_act *act;
	const struct actor_order *order;
};

struct core_limits {
	uint32_t srcs_max;     /* remote addresses tracked (CONFIG_RULE_SRCS_MAX) */
	uint32_t folds_max;    /* different events at a time whose repetitions become one record */
	uint32_t attempts_max; /* connections whose traces are matched */
	uint32_t incidents_max;
	uint32_t bans_max;
	uint32_t evidence_bytes; /* recent log lines kept for incidents to quote */
	uint32_t effects_bytes;	 /* arena for effects between takes; also bounds a snapshot */
};

/* Drawn once per start. */
struct core_random {
	struct hash_key key;  /* of tables that attackers fill */
	uint8_t identity[16]; /* makes incident identifiers unique over devices and starts */
};

struct core;

/* Defaults from Kconfig. */
void core_limits_default(struct core_limits *limits);

/* Bytes of memory core_init needs for these limits. */
size_t core_size(const struct core_limits *limits);

/*
 * Build a core in memory of core_size() bytes, aligned to 16, which need not be zero: pages are touched as they fill.
 * Keeps pointers to settings (must outlive it). A restored state brings back the randomness it was made with, so that
 * a log line read again leads to the same incident identifier.
 */
struct core *core_init(void *memory, const struct core_limits *limits, const struct settings *settings,
		       const struct core_random *random);

void core_feed(struct core *core, const struct input *input, struct now now);

/* Take before feeding more. */
bool core_full(const struct core *core);

/* More was decided than the actor has had time for: files should not be read on until it has. */
bool core_is_behind(const struct core *core, struct now now);

bool core_take(struct core *core, struct effect *effect);
int64_t core_deadline(const struct core *core);

/* The place to resume a source from, after INPUT_RESTORE; false when the state knows none. */
bool core_place(const struct core *core, uint16_t source, struct core_place *out);
