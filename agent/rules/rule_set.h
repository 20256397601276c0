/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that are loaded, whatever they come from. Their identity is their id, or in what is saved and sent the
 * 64-bit hash of it (hash_name). A row's place in the set means nothing outside of the set.
 *
 * Behind the loaded rules stand those that are known by name only: the saved state has incidents or bans of them, and
 * this build or pack does not have them any more. They look at nothing and have no steps, so their incidents close.
 * There also stand the rules of a Sigma pack that have found something (rule_pack.h): the pack itself says which rules
 * match, and a row is what their incidents need. The row that found something longest ago, and has no open incident and
 * no steps, makes room for another.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"
#include "agent/rules/rule_index.h"
#include "agent/rules/state.h"
#include "agent/rules/subject.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULE_SET_MAX 65000u /* rules in one set */
/* Rules known by name only, and rules of a pack that have found something. */
#define RULE_SET_STRANGERS_MAX (IS_ENABLED(CONFIG_RULES_SIGMA) ? 128u : 16u)
#define RULE_TITLE_MAX 96u  /* bytes of the title of such a rule, with NUL */
#define RULE_AUTHOR_MAX 64u /* and of its author */
#define RULE_LINK_MAX 128u  /* and of its link */
#define RULE_TAGS_MAX 12u   /* its tags, and their bytes */
#define RULE_TAGS_TEXT_MAX 256u
#define RULE_NAME_MAX MESSAGE_RULE_MAX

/* What a rule is. Texts and rows are the pack's and outlive the set. */
struct rule {
	const char *id; /* up to MESSAGE_RULE_MAX - 1 bytes; of a built-in rule also its section in the settings */
	const char *title;
	const char *author;
	const char *link;	 /* where the rule is explained; NULL: nowhere */
	const char *const *tags; /* NULL-terminated, as Sigma writes them */
	enum severity level;
	uint8_t kind;	 /* events that are looked at: enum event_kind */
	uint8_t classes; /* attempts that are looked at: bits of enum attempt_class; 0: all events of the kind */
	uint8_t series;	 /* enum state_series */
	uint8_t subject; /* what is counted by, and what its incidents are about: enum subject_kind */
	bool by_user;	 /* one incident per subject and user, not per subject */
	bool by_program; /* of a pack: a process is counted by its program, whatever its number */
	bool early;	 /* its ban may be asked for before the verdict (ATTEMPT_REFUSED); it counts times, by src */
	/* How many attempts the finding counts when this attempt, already in the series, makes the rule fire; else 0.
	 */
	uint32_t (*evaluate)(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			     const struct state_event *event);
	struct settings_rule_row policy; /* where the settings have no [rule.NAME] */
	const char *field;		 /* looked at is only an event whose field of this name (event/fields.h) */
	const char *value;		 /* has this value, in any case of letters; NULL, NULL: every one */
	/*
	 * What lasts: of these events only those count whose field "action" has the value `begins`, and one with the
	 * value `ends` about the same subject ends the finding, whose time does not run out before that. NULL, NULL: a
	 * finding ends by time.
	 */
	const char *begins, *ends;
};

/* Rules to load: an array, in the order in which they are asked. */
struct rule_pack {
	const struct rule *rules;
	unsigned count;
};

/* table.c: the rules that every build has. */
extern const struct rule_pack rule_builtin;

struct rule_row {
	uint64_t hash; /* hash_name() of the id, not 0 */
	const struct rule *rule;
	const struct settings_rule_row *policy;
	const struct field *field;  /* NULL: the rule names none */
	const struct field *action; /* of what lasts; NULL: the rule's findings end by time */
	bool used;		    /* an incident or ban of this start has it, so the saved state tells its name */
	uint32_t holds;		    /* open incidents of it */
	uint32_t found;		    /* of a pack: set->found when it last found something */
};

struct rule_stranger {
	struct rule rule;
	char id[MESSAGE_RULE_MAX];
	char title[RULE_TITLE_MAX];
	char author[RULE_AUTHOR_MAX];
	char link[RULE_LINK_MAX];
	const char *tags[RULE_TAGS_MAX + 1];
	char tags_text[RULE_TAGS_TEXT_MAX];
};

struct rule_set {
	const struct settings *settings;
	struct rule_row *rows; /* the loaded ones, and behind them the strangers' */
	unsigned loaded, count;
	struct rule_entry *names; /* the loaded ones, sorted by hash */
	struct rule_index index;
	uint8_t subjects[EVENT_KINDS]; /* by which enabled rules count events of a kind: bits of enum subject_kind */
	struct rule_stranger *strangers;
	uint32_t nameless; /* names that found no room */
	uint32_t found;	   /* how often a rule of a pack has found something */
	uint64_t rowless;  /* and how often there was no room for its row */
};

/* Bytes of memory for a set of that many rules. */
size_t rule_set_size(unsigned rules);

/*
 * Load the pack in memory of rule_set_size(pack->count) bytes, aligned to 8. Pack, settings and memory must outlive the
 * set. A rule whose id is a [rule.NAME] of the settings has its policy there. ERR_EXISTS: two ids are equal, or their
 * hashes are. ERR_INVALID: an id is empty, a title is NULL, only one of field and value is NULL, or of begins and
 * ends, or the rule is early and counts by something else than the src of attempts. ERR_NOT_FOUND: the kind of event
 * has no such field, or names no such subject. ERR_TOO_LONG: an id has MESSAGE_RULE_MAX bytes or more, or the rules are
 * more than RULE_SET_MAX.
 */
ERR_CHECK enum err rule_set_init(struct rule_set *set, void *memory, const struct rule_pack *pack,
				 const struct settings *settings);

/* The row with that hash, also one known by name only; NULL: there is none. It stays valid as long as the set. */
struct rule_row *rule_set_find(const struct rule_set *set, uint64_t hash);

/* The rules that can match one event, being walked. */
struct rule_walk {
	const struct rule_set *set;
	const struct event *event;
	unsigned count, at;
	struct rule_slice slices[RULE_SLICES_MAX];
};

/*
 * Begin to walk the loaded and enabled rules that look at this event, which counts as an attempt of that class (0: as
 * none). Other rules cost nothing, however many they are. The event must outlive the walk.
 */
void rule_set_walk(const struct rule_set *set, const struct event *event, uint8_t class, struct rule_walk *w);

/* The next rule; NULL: that was the last. Rules that name no field come first, in the order of their pack. */
struct rule_row *rule_set_next(struct rule_walk *w);

/* Note that the saved state mentions the rule with that hash, so its name is saved again. */
void rule_set_use(struct rule_set *set, uint64_t hash);

/* Whether a row is one of the loaded rules, and not only known by name. */
bool rule_set_has(const struct rule_set *set, const struct rule_row *row);

/* The id for people: that of the row with the hash, "?" and the hash in hexadecimal where there is none, "" for 0. */
const char *rule_set_name(const struct rule_set *set, uint64_t hash, char text[RULE_NAME_MAX]);

/* Append the names of all rows that are `used` to the saved state. Returns how many found no room in b. */
uint32_t rule_set_save(const struct rule_set *set, struct buf *b);

/*
 * Learn the name of a rule that the saved state mentions: id, title, level and by_user are copied. When the set does
 * not have the rule, it becomes one known by name only, up to RULE_SET_STRANGERS_MAX; others are counted in `nameless`.
 */
void rule_set_meet(struct rule_set *set, const struct rule_stranger *saved);

/*
 * The row of a rule of a pack that has found something; what `hired` says of it is copied. NULL: all rows have open
 * incidents or steps.
 */
struct rule_row *rule_set_hire(struct rule_set *set, const struct rule_stranger *hired);

/*
 * A pack has the rule of that id. If it is known by name only, it is a rule again: its incidents stay open until
 * nothing was added to them for that time, and its steps are those of the settings.
 */
void rule_set_adopt(struct rule_set *set, const char *id, int64_t window_us);

/* Read names back, before what mentions them, and call rule_set_meet() for each. */
void rule_set_restore(struct rule_set *set, struct view *v);
