/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's logic: joins sensors, rules, incidents and response. Pure: inputs and time go in, effects come out, and
 * the caller gives all memory at start. The program's caller is agent/shell, the simulator's is tests/sim.
 *
 *   core_feed(core, input, now)        give one input; never blocks and never fails: a bad input becomes an effect
 *   while (core_take(core, &effect))   carry it out; an effect's bytes are valid until the next call of the core
 *   core_deadline(core)                when to feed INPUT_TICK at the latest (INT64_MAX: no need)
 *
 * Several inputs may be fed before taking, as long as core_full() is false: the queue then has room for the effects of
 * one more input. core_feed() on a full queue is a programming error. The caller takes until core_take() returns false;
 * core_take() also makes effects that no input asked for (a save that is due, the next piece of a long reply).
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum input_kind {
	INPUT_LINE = 1,	    /* one log line of a source, without its LF; an empty one only moves the place */
	INPUT_RECEIPT,	    /* struct actor_receipt */
	INPUT_CHAIN_HEAD,   /* struct actor_head */
	INPUT_EFFECT,	    /* struct actor_effect */
	INPUT_ACTOR_HEALTH, /* struct actor_health */
	INPUT_NETS,	    /* struct actor_nets */
	INPUT_ORDER,	    /* a signed order from the uplink */
	INPUT_CONTROL,	    /* one request line of the local command line */
	INPUT_SHELL,	    /* counters and problems only the shell can know (struct core_shell_health) */
	INPUT_RESTORE,	    /* the saved state, before any other input; bytes may be damaged */
	INPUT_TICK,
	INPUT_SYNCED,  /* ACTOR_SYNCED: there was one INPUT_EFFECT for every ban in force */
	INPUT_SAMPLE,  /* bytes of a source that are no line: for the sensors that keep a state (sensors/sensors.h) */
	INPUT_SAVE,    /* save now, for instance before leaving: EFFECT_SAVE comes with the next takes */
	INPUT_FILE,    /* from now on the source is the file of this path, which fits a pattern of the settings */
	INPUT_SKIPPED, /* a line or a sample ended two cores and is not read; INPUT_LINE without bytes has its place */
	INPUT_PACK,    /* the bytes of a pack of rules (proto/pack.h), to be used from now on; or why there is none */
};

/* How far a source has been read; saved with the state, so that a restart goes on right behind the last line fed. */
struct core_place {
	uint64_t inode;	   /* 0: not a file */
	uint64_t offset;   /* of the byte behind the line's LF */
	uint32_t head_crc; /* CRC-32C of the file's first min(256, size) bytes when opened: tells a reused inode */
	uint32_t head_len;
};

#define CORE_ORDER_SIGNATURES MESSAGE_SIGNATURES_MAX
#define CORE_PROBLEMS_MAX 16
#define CORE_COUNTERS_MAX 48

/* What the shell adds to health; texts are borrowed for the call. */
struct core_shell_health {
	unsigned problem_count;
	const char *problems[CORE_PROBLEMS_MAX]; /* sentences: "cannot read auth.log: permission denied" */
	unsigned counter_count;
	struct {
		const char *name;
		uint64_t value;
	} counters[CORE_COUNTERS_MAX];
	bool linked;			/* the service has accepted the link's Hello */
	const uint8_t *settings_digest; /* 32 bytes that outlive the core; NULL: not known */
};

struct input {
	enum input_kind kind;
	uint16_t source; /* LINE, FILE, SKIPPED: index as in the settings' files, or that of none of them, for a file
			  * that fits a pattern; else CORE_SOURCE_*; SAMPLE: enum sensors_source */
	uint32_t writer; /* LINE of SYSLOG, JOURNAL: root's process that wrote it, by the kernel's word; 0: unknown */
	struct core_place place; /* LINE: behind this line */
	struct str bytes;	 /* LINE, SAMPLE, CONTROL, RESTORE, FILE, PACK */
	const char *about; /* PACK: whose it is, for people ("the installed pack"); SKIPPED: what it was, if it was
			    * no line of the source, else NULL */
	enum err err;	   /* PACK: why its bytes could not be had */
	uint64_t token;	   /* CONTROL: echoed in the reply */
	bool root;	   /* CONTROL: the peer may change things */
	const struct actor_receipt *receipt;
	const struct actor_head *chain_head;
	const struct actor_effect *effect;
	const struct actor_health *health;
	const struct actor_nets *nets;
	const struct actor_order *order; /* ORDER: header.request_id is ignored */
	const struct core_shell_health *shell;
};

#define CORE_SOURCE_SYSLOG 0xfffe /* only lines that root wrote */
#define CORE_SOURCE_AUDIT 0xfffd
#define CORE_SOURCE_JOURNAL 0xfffc /* place: inode is the numbering, offset the number of the entry */

#define CORE_PLACES (SETTINGS_FILES_MAX + 1) /* sources that have a place: the log files and the journal */

enum effect_kind {
	EFFECT_ACT = 1, /* send to the actor: act */
	EFFECT_ORDER,	/* send to the actor: order */
	EFFECT_PLAY,	/* send to the actor: play */
	EFFECT_RECORD,	/* append to the spool: bytes are an encoded Record */
	EFFECT_REPLY,	/* answer to the local command line: bytes are whole rows (base/rows.h); while `more` is
			 * set, further effects with the same token continue it; the last row is "ok"/"error" */
	EFFECT_SAVE,	/* write the state atomically: bytes are the snapshot. Only after every record appended
			 * before it is synced, so that the line of a lost record is read again */
	EFFECT_LOG,	/* a line for the log (stderr): bytes, severity */
};

struct effect {
	enum effect_kind kind;
	enum severity severity;
	struct str bytes;
	uint64_t token; /* REPLY */
	bool more;	/* REPLY: the answer goes on in a later effect */
	bool held;	/* REPLY: give it once the EFFECT_SAVE that follows is durable, or could not be made so */
	const struct actor_act *act;
	const struct actor_order *order;
	const struct actor_play *play;
};

struct rule_pack; /* agent/rules/rule_set.h */

struct core_limits {
	uint32_t srcs_max;     /* remote addresses tracked (CONFIG_RULE_SRCS_MAX) */
	uint32_t folds_max;    /* different events at a time whose repetitions become one record */
	uint32_t attempts_max; /* connections whose traces are matched */
	uint32_t incidents_max;
	uint32_t bans_max;
	uint32_t evidence_bytes;		      /* recent log lines kept for incidents to quote */
	uint32_t effects_bytes;			      /* arena for effects between takes; also bounds a snapshot */
	const struct rule_pack *rules;		      /* NULL: the built-in ones */
	uint32_t pack_bytes, pack_rules, pack_groups; /* of Sigma rules (detect/detect.h); 0: none */
};

/* Drawn once per start. */
struct core_random {
	struct hash_key key;  /* of tables that attackers fill */
	uint8_t identity[16]; /* makes incident identifiers unique over devices and starts */
};

struct core;

/* Fill in the limits that the build was configured with (Kconfig). */
void core_limits_default(struct core_limits *limits);

/* Bytes of memory core_init needs for these limits. */
size_t core_size(const struct core_limits *limits);

/*
 * Build a core in memory of core_size() bytes, aligned to 16, which need not be zero: its pages are written only as the
 * tables fill. Memory and settings must outlive the core. INPUT_RESTORE brings back the random values that the saved
 * state was made with, so that a log line that is read again gives the same incident identifier.
 */
struct core *core_init(void *memory, const struct core_limits *limits, const struct settings *settings,
		       const struct core_random *random);

/* Give one input, read at `now`. Its texts and structs are borrowed for the call. core_full() must be false. */
void core_feed(struct core *core, const struct input *input, struct now now);

/* Whether effects must be taken before the next core_feed(). */
bool core_full(const struct core *core);

/* Whether many decided bans still wait to be sent: the shell does not read on in log files as long as it is true. */
bool core_is_behind(const struct core *core, struct now now);

/* Take the next effect; false when there is none. Its bytes are valid until the next call of the core. */
bool core_take(struct core *core, struct effect *effect);

/* When to feed INPUT_TICK at the latest, CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
int64_t core_deadline(const struct core *core);

/* Where to go on reading a file, after INPUT_RESTORE (and INPUT_FILE); false when the saved state has no place for it.
 */
bool core_place(const struct core *core, uint16_t source, struct core_place *out);

/*
 * After INPUT_RESTORE: why the saved state is not used, as a sentence goes on that it began ("is damaged"). NULL: it is
 * used. Health tells the same. The next save takes its place, so who wants to keep it sets it aside before.
 */
const char *core_unrestored(const struct core *core);

/* After INPUT_PACK: why the pack is not used, as a sentence. NULL: it is, or the settings have no rules of packs. */
const char *core_pack_problem(const struct core *core);

/*
 * Why the lines of a log are not read, as a sentence goes on that the log's name began (" is not read: ..."). NULL:
 * they are. Health tells the same.
 */
const char *core_unread(const struct core *core, uint16_t source);
