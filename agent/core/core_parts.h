/* SPDX-License-Identifier: Apache-2.0 */
/* The core's parts, and the functions that its files share. Only the files of this folder include it. */
#pragma once

#include "agent/core/core.h"
#include "agent/core/decision.h"
#include "agent/core/effects.h"
#include "agent/core/fold.h"
#include "agent/core/record.h"
#include "agent/detect/detect.h"
#include "agent/incident/incident.h"
#include "agent/response/response.h"
#include "agent/rules/attempt.h"
#include "agent/rules/rule.h"
#include "agent/sensors/log/declared.h"
#include "agent/sensors/sensors.h"

#include <stdbool.h>
#include <stdint.h>

#define CORE_EVEN(size) (((size) + 15) / 16 * 16) /* memory is carved in pieces of 16 bytes */
#define CORE_SENSORS_MAX 12u			  /* sensors that keep a state */
#define CORE_PIECE_BYTES 16384u			  /* a longer local answer goes on in the next piece */
#define CORE_REPLIES_MAX 8			  /* local requests being answered */
#define CORE_PROBLEM_TEXT 256
#define CORE_COUNTER_NAME 32

/* A local request whose answer is being made piece by piece. */
struct core_reply {
	uint64_t token;	  /* 0: free */
	uint8_t kind;	  /* row of the table in core_control.c */
	uint8_t table;	  /* of `table`: which one (core_sensors.c) */
	uint32_t row;	  /* rows that were written so far */
	struct addr addr; /* of `explain` */
	bool of_one;	  /* of `incidents`: only `incident` */
	uint8_t incident[INCIDENT_ID];
};

/* Places in core.heard_us, behind those of the files of the settings. */
enum core_heard {
	CORE_HEARD_JOURNAL = SETTINGS_FILES_MAX,
	CORE_HEARD_SYSLOG,
	CORE_HEARD_AUDIT,
	CORE_HEARD_SENSOR, /* the first one's; all others follow */
	CORE_HEARD_MAX = CORE_HEARD_SENSOR + CORE_SENSORS_MAX
};

struct core_health {
	struct actor_health actor;
	bool actor_known, linked, shell_known;
	bool changed;		    /* since the last health record */
	const char *unrestored;	    /* why the saved state was not used, as core_unrestored() says; NULL: it was */
	bool bans_wait;		    /* response_bans_wait() at the last check */
	bool srcs_lost;		    /* whether addresses had been forgotten at the last check */
	uint64_t overflow, gave_up; /* the response's counters at the last check */
	int64_t recorded_us;	    /* of the last health record; 0: none yet */
	uint64_t recorded_lines;
	const uint8_t *settings_digest;	       /* NULL: not known */
	unsigned problem_count, counter_count; /* the shell's */
	char problems[CORE_PROBLEMS_MAX][CORE_PROBLEM_TEXT];
	struct {
		char name[CORE_COUNTER_NAME];
		uint64_t value;
	} counters[CORE_COUNTERS_MAX];
};

/* How much older than the clock the stamps of a source's lines are. */
struct core_lag {
	int64_t usual_us; /* INT64_MAX: not known */
	int64_t seen_us;  /* the last difference that was seen, INT64_MAX: none, */
	int64_t since_us; /* and since when no other one was */
};

/* Events of log-ins that are older than this when their lines are read. */
#define CORE_LATE_US (10 * MINUTE_US)

struct core_late {
	uint64_t count;
	int64_t read_us;   /* when the last of them was read, if not in the first minute; 0: there was none */
	int64_t behind_us; /* how long ago it was by its stamp */
	unsigned slot;	   /* its source's */
};

#define CORE_FORCE_MAX 32 /* as many as the actor keeps (LEDGER_MORE_MAX) */

/* Effects in force that are no bans, as the actor told of them. */
struct core_force {
	unsigned count;
	struct actor_effect rows[CORE_FORCE_MAX];
};

#define CORE_REFUSALS_MAX (IS_ENABLED(CONFIG_LOCAL_EXPLAIN) ? 16 : 1) /* the oldest one makes room */

/* A ban that was decided and refused, kept to be explained. */
struct core_refusal {
	struct addr addr; /* family 0: free */
	uint8_t err;	  /* enum err */
	int64_t wall_us;
	char rule[RULE_NAME_MAX];
	char text[MESSAGE_TEXT_MAX + 1];
};

#define CORE_PACK_ABOUT 64

/* The pack of rules: whose it is, why one is not used, and whether the one in use is on probation. */
struct core_pack {
	char about[CORE_PACK_ABOUT]; /* the pack in use; empty: there is none */
	char problem[CORE_PROBLEM_TEXT];
	int64_t until_us; /* when its probation is over; 0: it is on none */
	/* What the counters were when it began, and what they may grow by until it is over. */
	uint64_t found, banned, events, evaluated, work, dropped;
	uint64_t found_max, banned_max, evaluated_max; /* the last one: rules for each 100 events */
	uint64_t work_max;			       /* of patterns, for each 100 events */
	/* The hour before: when it began, and the counters then and at the end of the one before it. */
	int64_t hour_us;
	uint64_t hour_found, hour_banned, last_found, last_banned;
};

struct core {
	const struct settings *settings;
	const struct decision_listener *listener; /* NULL: nobody listens */
	struct now now;				  /* of the last input */
	int64_t start_us;			  /* of the first input; 0: none yet */
	struct hash_key key;			  /* of all tables; lives in the saved state */
	struct attempts attempts;
	struct rule_set set;
	struct rules rules;
	struct detect detect;
	struct core_pack pack;
	struct incidents incidents;
	struct response response;
	struct fold fold;
	struct effects effects;
	struct core_health health;
	struct core_force force;
	struct core_refusal refusals[CORE_REFUSALS_MAX];
	unsigned next_refusal;
	void *sensors[CORE_SENSORS_MAX]; /* their states, in the order of sensors_rows */
	struct sensors_sink sink;	 /* takes their events: core_event() */
	struct core_place places[CORE_PLACES];
	bool placed[CORE_PLACES];
	uint32_t path_crcs[CORE_PLACES];   /* of the path of each file, "journal:" of the journal; 0: of none now */
	bool has_patterns;		   /* so that there are files with numbers of none in the settings */
	bool named[CORE_PLACES];	   /* the file was told by INPUT_FILE, or is in the settings */
	uint8_t rows[CORE_PLACES];	   /* the row of the settings that names a file, or that it fits */
	struct core_lag lags[CORE_PLACES]; /* of stamps with year and zone */
	struct core_lag local_lags[CORE_PLACES]; /* of other stamps */
	struct core_late late;
	int64_t heard_us[CORE_HEARD_MAX]; /* when the newest line of each source was read; 0: none yet */
	int64_t clock_us;		  /* wall minus monotonic, INT64_MIN: not known yet */
	int64_t set_by_us, set_us;	  /* how far the clock was last set forward, and when that was noticed */
	struct stream streams[SETTINGS_FILES_MAX + 1]; /* of each file and the syslog socket */
	struct declared declared;
	struct core_reply replies[CORE_REPLIES_MAX];
	struct actor_act act; /* the one last taken */
	int64_t save_us;      /* when to save; INT64_MAX: the state has not changed */
	int64_t saved_us;     /* when the state was last saved */
	uint64_t lines, events, records, saves, restore_left_out, save_left_out;
	uint32_t snapshot_bytes;
	uint32_t nobodys; /* entries of the restored state whose rule this build does not have */
};

/* core_decision.c: tell the listener, which there must be, of a decision, and of what an attempt's trace came to. */
void core_decided(const struct core *c, const struct decision *decision);
void core_decided_attempt(const struct core *c, const struct incident_input *in);

/* core_out.c: records, the log, saves. */

/* How soon a change of the state is saved. A crash before that loses the change. */
enum core_haste {
	CORE_SOON,	 /* within 1 s: incidents and bans */
	CORE_LATER,	 /* within 30 s: counted attempts */
	CORE_AT_LEISURE, /* within 10 min: places in files, behind which lines would be read again */
};

/* Note that the state has changed and is to be saved within that time. */
void core_touch(struct core *c, enum core_haste haste);

/* Append a record: write it into the buffer of core_record_begin(), then call core_record_end(). */
struct buf core_record_begin(struct core *c);
void core_record_end(struct core *c, const struct buf *b, enum severity severity);

/* The head of a record that is made now. */
struct record_head core_head(const struct core *c, enum severity severity);

/* Write a line to the log, in the manner of printf(3). */
void core_log(struct core *c, enum severity severity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Make a record of the event, or count it with equal ones. */
void core_tell_event(struct core *c, const struct event *event);

/* core_sensors.c: runs the sensors that keep a state. */
size_t core_sensors_size(void);
void core_sensors_init(struct core *c, uint8_t *memory);
void core_sample(struct core *c, const struct input *input);
void core_sensors_tick(struct core *c);
int64_t core_sensors_deadline(const struct core *c);
unsigned core_sensors_lineage(void *core, uint32_t pid, struct process_kin out[],
			      unsigned max);			 /* incident_kin's; `core` is c */
void core_sensors_complete(struct core *c, struct event *event); /* by what other sensors know of it */
unsigned core_sensors_problems(const struct core *c, const char *problems[], unsigned max);
unsigned core_sensors_counters(const struct core *c, struct sensors_counter out[], unsigned max);
/*
 * Tables of sensors: find one by name, say why its sensor is off (NULL: it is on), append all names, append rows from
 * *row on (true: there are no more).
 */
bool core_table_find(struct str name, uint8_t *number);
const char *core_table_off(const struct core *c, uint8_t number);
void core_table_names(struct buf *b);
bool core_table_rows(struct core *c, uint8_t number, uint32_t *row, struct buf *b);

/*
 * core_line.c: handles one log line, an event of a sensor that keeps a state (`core` is the struct core), and any event
 * that was recorded.
 */
void core_line(struct core *c, const struct input *input);
void core_event(void *core, const struct event *event);
void core_given(struct core *c, const struct input *input, const struct event *event);

/* core_skipped.c: tells of a line that is not read because it ended two cores. */
void core_skipped(struct core *c, const struct input *input);

/* core_incident.c: carries out what changes about incidents, by an input and by the time. */
void core_incidents_feed(struct core *c, const struct incident_input *in);
void core_incidents_tick(struct core *c);

/* core_play.c (PLAYBOOKS): have the actor run what playbooks it has for the finding that asks, or that gives up. */
void core_play(struct core *c, const struct incident_change *change);

/*
 * core_pack.c: loads packs of rules, watches the one that is new, and says what there is. core_pack_watch() ends its
 * probation, or goes back to the pack before it; core_pack_rows() appends a row for the pack and for each of its rules.
 * core_pack_sensed() gives struct detect its `sensed`: log-ins, lines, and what the sensors that are on make.
 * core_pack_alerts() tells the listener which rules the input's event matches, which was judged last.
 */
void core_pack_alerts(struct core *c, const struct incident_input *in);
uint16_t core_pack_sensed(const struct settings *settings);
void core_pack_load(struct core *c, const struct input *input);
void core_pack_watch(struct core *c);
int64_t core_pack_deadline(const struct core *c);
uint32_t core_pack_active(const struct core *c);
bool core_pack_rows(struct core *c, struct core_reply *r, struct buf *b);

/* core_when.c: the number of the source's place, below CORE_PLACES; CORE_PLACES: it has none. */
unsigned core_slot(uint16_t source);

/* A place of the saved state. */
struct core_place_saved {
	uint32_t path_crc;
	struct core_place place;
	int64_t lag_us; /* core_lag_usual() */
};

/*
 * core_place.c: the places before any input, what the saved state has of them, and which file a source is from now on
 * (INPUT_FILE).
 */
void core_place_init(struct core *c);
void core_place_restore(struct core *c, const struct core_place_saved *saved);
void core_place_name(struct core *c, const struct input *input);

/* core_place.c: the file of that number as the settings name it, by its path or a pattern. Never NULL. */
const char *core_place_path(const struct core *c, unsigned slot);

/* core_when.c: decides when a line was written, by its stamp where that is older than its source's usually are. */
struct now core_when(struct core *c, const struct input *input, const struct event *event);

/*
 * By how much core_when() would have a line older than now that was stamped when the clock showed wall_us. What the
 * saved state remembers has to be as old as the lines of then, which are read again behind it.
 */
int64_t core_past(const struct core *c, int64_t wall_us);
void core_watch_clock(struct core *c);
void core_lag_init(struct core_lag *lag, int64_t usual_us);
/* What is worth saving: INT64_MAX while the clock was never set. */
int64_t core_lag_usual(const struct core_lag *lag, struct now now);

/* core_receipt.c: handles the actor's messages. */
void core_receipt(struct core *c, const struct actor_receipt *receipt);
void core_chain_head(struct core *c, const struct actor_head *head);
void core_effect(struct core *c, const struct actor_effect *state);

/* core_force.c: note that an effect is in force or gone, and one row for each. */
void core_force_note(struct core *c, const struct actor_effect *state);
void core_force_rows(const struct core *c, struct buf *b);

/* core_control.c: answers the local command line. */
void core_control(struct core *c, const struct input *input);
void core_answer_local(struct core *c, uint64_t token, const struct actor_receipt *receipt);
bool core_reply_piece(struct core *c);

/* core_rows.c: append the row of a ban, and one for each service whose PAM modules are known. */
void core_stack_rows(const struct core *c, struct buf *b);
void core_ban_row(const struct core *c, const struct ban *ban, struct buf *b);

/*
 * core_timeline.c: append the row of an incident; rows for a request about all open ones, or about one; the identifier
 * that begins with these digits (a sentence: why there is none, or not one alone).
 */
void core_incident_row(const struct core *c, const struct incident *i, struct buf *b);
bool core_incident_rows(struct core *c, struct core_reply *r, struct buf *b);
const char *core_incident_named(const struct core *c, struct str digits, uint8_t out[INCIDENT_ID]);

/*
 * core_explain.c (LOCAL_EXPLAIN): append why the address of a request is banned or not, always whole; keep the refusal
 * of a ban for that, in place of an earlier one of its address.
 */
bool core_explain_rows(struct core *c, struct core_reply *r, struct buf *b);
void core_explain_keep(struct core *c, const struct actor_receipt *receipt, const char *text);

/* core_health.c: collects problems and counters, and makes health records of them. */
void core_shell_health(struct core *c, const struct core_shell_health *shell);
void core_actor_health(struct core *c, const struct actor_health *actor);
unsigned core_problems(const struct core *c, struct buf *texts, const char *problems[RECORD_PROBLEMS_MAX]);
unsigned core_counters(const struct core *c, struct record_health *out);
void core_health_tick(struct core *c);
int64_t core_health_deadline(const struct core *c);

/* core_heard.c: note that a line of a source, or another input of a sensor, was read; add all to a health record. */
void core_heard_line(struct core *c, uint16_t source);
void core_heard_sample(struct core *c, unsigned sensor);
void core_heard_list(const struct core *c, struct record_health *out);

/* core_snapshot.c: writes and reads the saved state. */
void core_save(struct core *c);
void core_restore(struct core *c, struct str bytes);
