/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's settings: one fixed-size struct, one table of keys (settings.c), read from INI text (base/ini.h). Pure.
 * caltropd reads the files and drop-ins (settings_files.h), and hands the core the merged text in a sealed memfd, so
 * the core never opens a configuration file.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/ini.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_FILES_MAX 16 /* log files watched */
#define SETTINGS_PATH_MAX 256
#define SETTINGS_NEVER_BAN_MAX 64
#define SETTINGS_ACCOUNTS_MAX 16
#define SETTINGS_NAME_MAX 64
#define SETTINGS_STEPS_MAX 4

enum settings_mode { MODE_OBSERVE = 0, MODE_ENFORCE = 1 };

/* The built-in rules, by the name of their [rule.NAME] section. */
enum settings_rule {
	RULE_BRUTE_FORCE, /* failures of one address within the window */
	RULE_ENUMERATION, /* different users that do not exist, tried by one address */
	RULE_SPRAYING,	  /* different users, tried by one address */
	RULE_PROBING,	  /* abuse before authentication by one address */
	RULE_BREACH,	  /* failures of one address, then a success of it */
	RULES_MAX,
};

struct settings_rule_row {
	bool enabled;
	uint32_t count; /* threshold; breach: failures before the success */
	int64_t window_us;
	uint16_t steps[SETTINGS_STEPS_MAX]; /* enum verb, in order, VERB_NONE ends */
	uint32_t ban_s;
};

struct settings {
	/* [guard] */
	char state_dir[SETTINGS_PATH_MAX]; /* /var/lib/caltrop */
	char run_dir[SETTINGS_PATH_MAX];   /* /run/caltrop */
	char user[SETTINGS_NAME_MAX];	   /* caltrop */
	char core[SETTINGS_PATH_MAX];	   /* the caltrop-core binary */
	/* [auth] */
	unsigned file_count;
	char files[SETTINGS_FILES_MAX][SETTINGS_PATH_MAX];
	char syslog_socket[SETTINGS_PATH_MAX]; /* empty: none */
	bool audit;			       /* join the audit multicast group */
	bool pam_unix_alone;		       /* a refusal by a PAM module is a failure (rules/attempt_stack.h) */
	/* [response] */
	uint8_t mode;		  /* enum settings_mode */
	uint32_t ban_s;		  /* default duration, 600 */
	uint8_t ban_prefix6;	  /* 64 or 128 */
	uint32_t bans_per_minute; /* budget for ORIGIN_RULE */
	uint32_t resets_per_hour;
	bool trust_logs; /* steps against accounts need no witness but log files */
	unsigned never_ban_count;
	struct addr never_ban[SETTINGS_NEVER_BAN_MAX];
	unsigned protect_count; /* accounts that only an order may reset or log out */
	char protect[SETTINGS_ACCOUNTS_MAX][33];
	/* [rule.NAME] */
	struct settings_rule_row rules[RULES_MAX];
	/* [server] */
	char server_host[SETTINGS_NAME_MAX * 4]; /* empty: stand-alone */
	uint16_t server_port;			 /* 8443 */
	/* [spool] */
	uint32_t spool_bytes_max;
	/* [accounts] */
	char shadow[SETTINGS_PATH_MAX]; /* /etc/shadow */
};

/* Fill in the defaults. */
void settings_default(struct settings *s);

/*
 * Apply one INI text over what is there. Later values win; lists (files, never_ban, protect) are replaced by the first
 * assignment in a text and extended by further ones. error->line and ->text say what is wrong, naming the key and
 * what it takes ("[response] mode: 'enforced' is neither observe nor enforce").
 */
ERR_CHECK enum err settings_read(struct settings *s, struct str text, struct ini_error *error);

/* What only the whole can tell (a rule that names a verb this build lacks, no source at all). */
ERR_CHECK enum err settings_check(const struct settings *s, struct ini_error *error);

/* "10m", "90s", "2h", "1d", "500ms" or plain seconds -> microseconds in [0, 366 days]. */
ERR_CHECK enum err settings_duration(struct str text, int64_t *out_us);

/* Whether the rule is enabled and has a step, any but a ban, for which log files alone are no witness (trust_logs). */
bool settings_needs_witness(const struct settings *s, enum settings_rule rule);

/* "brute_force", ...; never NULL for a valid index. The rule of a name; RULES_MAX when there is none. */
const char *settings_rule_name(enum settings_rule rule);
enum settings_rule settings_rule_find(struct str name);

/* How long the bans of a rule last, in seconds: its ban_time, else that of [response]. */
uint32_t settings_ban_s(const struct settings *s, enum settings_rule rule);
