/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's settings: one struct of fixed size, read from INI text (base/ini.h) by one table of keys (settings.c).
 * caltropd reads the files and drop-ins (settings_files.h) and gives the core the merged text in a sealed memfd, so the
 * core never opens a configuration file. The keys are described in caltrop.conf(5). Pure.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/ini.h"
#include "agent/base/str.h"
#include "agent/common/access_format.h"
#include "agent/match/decoder.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_FILES_MAX 16 /* log files watched */
#define SETTINGS_PATH_MAX 256
#define SETTINGS_NEVER_BAN_MAX 64
#define SETTINGS_NEVER_BAN_NAMES_MAX 16
#define SETTINGS_HOST_MAX 254 /* bytes of a DNS name and a NUL */
#define SETTINGS_ACCOUNTS_MAX 16
#define SETTINGS_NAME_MAX 64
#define SETTINGS_FORMATS_MAX 8
#define SETTINGS_STEPS_MAX 4
#define SETTINGS_ACCESS_MAX 8 /* files with a declared format */
#define SETTINGS_PROXIES_MAX 16
#define SETTINGS_NAT64_MAX 8
#define SETTINGS_DECOYS_MAX 16
#define SETTINGS_SUIDS_MAX 16
#define SETTINGS_COLLECT_MAX 16
#define SETTINGS_CERTIFICATES_MAX 8 /* files of certificates that the audit looks at */
#define SETTINGS_SCAN_PORTS_MAX 32  /* ports that the port_scan rule can count */
#define SETTINGS_PACK_RULES_MAX 32  /* rules of a pack that have a section of their own */
#define SETTINGS_RULE_ID 37	    /* bytes of a rule's UUID and a NUL */
#define SETTINGS_WATCHED_MAX 24	    /* paths of [files] watch */
#define SETTINGS_BAITS_MAX 16	    /* files of [files] decoy */
#define SETTINGS_NEIGHBOURS_MIN 8   /* fewer attackers say little of a network's other users */
#define SETTINGS_HOOKS_MAX 8
#define SETTINGS_HOOK_ARGUMENTS_MAX 2
#define SETTINGS_CREDENTIALS_MAX 4

/* What processes are watched by. AUTO: the best that there is. */
enum settings_watch {
	WATCH_AUTO = 0,
	WATCH_BPF = 1,
	WATCH_AUDIT = 2,
	WATCH_CONNECTOR = 3,
	WATCH_POLL = 4,
	WATCHES = 5,
};

/* What connections are watched by. AUTO: all that there is. */
enum settings_network { NETWORK_AUTO = 0, NETWORK_BPF = 1, NETWORK_CONNTRACK = 2, NETWORK_NONE = 3 };

/* What packets are filtered by: the first one is the default, where it is built. */
enum settings_filter { FILTER_NF_TABLES = 0, FILTER_IPTABLES = 1 };

enum settings_mode { MODE_OBSERVE = 0, MODE_ENFORCE = 1 };

/*
 * Where the built-in rules' rows are in struct settings. That is no identity: everybody else finds a row by the name of
 * its [rule.NAME] section.
 */
enum settings_rule {
	RULE_BRUTE_FORCE, /* one address fails too often */
	RULE_ENUMERATION, /* one address tries too many users that do not exist */
	RULE_SPRAYING,	  /* one address tries too many users and fails */
	RULE_PROBING,	  /* one address gives up log-ins with a name too often */
	RULE_SCANNING,	  /* one address connects too often and never tries to log in */
	RULE_FLOODING,	  /* the same, faster than any monitor */
	RULE_BREACH,	  /* one address fails too often, and then succeeds */
	RULE_PORT_SCAN,	  /* one address tries too many ports that nobody serves */
	RULE_MANY_SCANS,  /* more addresses do at once than are told of one by one */
	RULE_DECOY_TOUCH, /* one address connects to decoy ports */
	RULES_MAX,
};

/* In what form a log file's lines are, [file PATH]. AUTO: it is found out (sensors/log/stream.h has the same numbers).
 */
enum settings_format {
	FORMAT_AUTO,
	FORMAT_SYSLOG,
	FORMAT_JSON,
	FORMAT_CRI,
	FORMAT_VERBOSE,
	FORMAT_PRETTY,
	FORMAT_EXPORT,
	FORMAT_SSHD,
	FORMATS_MAX
};

struct settings_declared {
	char path[SETTINGS_PATH_MAX];
	uint8_t format; /* enum settings_format */
};

struct settings_rule_row {
	bool enabled;
	uint32_t count; /* attempts or users at which the rule fires; breach: failures before the success */
	int64_t window_us;
	uint16_t steps[SETTINGS_STEPS_MAX]; /* enum verb, in their order, ended by VERB_NONE */
	uint32_t ban_s;			    /* 0: that of [response] */
	bool witness;			    /* witnesses are counted, whatever the steps are: for playbooks */
};

/* A time of day in which rules take no steps but bans. */
struct settings_quiet {
	bool on;
	uint16_t from_min, to_min; /* of the local day; from > to: over midnight; equal: all day */
	uint32_t verbs;		   /* only these, as bits; 0: all but bans */
};

/*
 * A program that the verb `hook` may run, [hook NAME]; or one that the verb `reset` gives a new secret, [credential
 * NAME], which has no arguments.
 */
struct settings_hook {
	char name[VERB_NAME_MAX];
	char program[SETTINGS_PATH_MAX];
	uint8_t arguments[SETTINGS_HOOK_ARGUMENTS_MAX]; /* enum verb_param_tag: what it gets, in this order */
	unsigned argument_count;
	uint32_t time_s; /* after which it is ended */
	uint32_t memory; /* bytes of its address space */
	uint32_t output; /* bytes that it may write before it is ended */
};

struct settings {
	/* [guard] */
	char state_dir[SETTINGS_PATH_MAX]; /* /var/lib/caltrop */
	char run_dir[SETTINGS_PATH_MAX];   /* /run/caltrop */
	char user[SETTINGS_NAME_MAX];	   /* caltrop */
	char core[SETTINGS_PATH_MAX];	   /* the caltrop-core binary */
	bool is_volatile; /* state_dir has only who this device is; the rest is in run_dir and ends at a reboot */
	uint32_t hang_s;  /* a core that is silent for longer is killed and started again */
	/* [auth] */
	bool look; /* no source was named: what the machine has is looked for (settings_sources.h) */
	unsigned file_count;
	char files[SETTINGS_FILES_MAX][SETTINGS_PATH_MAX];
	char syslog_socket[SETTINGS_PATH_MAX]; /* empty: none */
	bool audit;			       /* read the kernel's audit records */
	bool journal;			       /* read systemd's journal */
	char journal_dir[SETTINGS_PATH_MAX];   /* empty: the machine's own */
	bool pam_unix_alone;		       /* a refusal by a PAM module is a failure (rules/attempt_stack.h) */
	/* [file PATH] */
	unsigned declared_count;
	struct settings_declared declared[SETTINGS_FORMATS_MAX];
	/* [decoder NAME] */
	unsigned decoder_count;
	struct decoder decoders[DECODER_MAX];
	/* [access] */
	unsigned access_count;
	struct settings_access {
		char file[SETTINGS_PATH_MAX];	/* as in `files` */
		char format[ACCESS_FORMAT_MAX]; /* "nginx $remote_addr ..." (access_format.h) */
	} access[SETTINGS_ACCESS_MAX];
	unsigned proxy_count;
	struct addr proxies[SETTINGS_PROXIES_MAX]; /* whose X-Forwarded-For is believed */
	/* [process] */
	bool process;		/* watch processes */
	uint8_t process_source; /* enum settings_watch */
	uint32_t process_poll_s;
	bool process_audit_rule; /* add the audit rule that makes the kernel tell of execs */
	/* [network] */
	bool network;		/* watch listeners and connections */
	uint8_t network_source; /* enum settings_network */
	uint32_t network_poll_s;
	/* [firewall] */
	bool firewall;		 /* watch packets to ports that nobody serves */
	uint32_t firewall_group; /* of the kernel's packet log */
	uint32_t firewall_rate;	 /* packets a second, of each protocol */
	unsigned decoy_count;
	uint16_t decoys[SETTINGS_DECOYS_MAX]; /* TCP ports */
	/* [devices] */
	bool devices; /* watch modules of the kernel and USB devices */
	/* [sessions] */
	bool sessions; /* watch sessions */
	/* [files] */
	bool file_watch; /* watch files */
	unsigned watched_count;
	char watched[SETTINGS_WATCHED_MAX][SETTINGS_PATH_MAX]; /* as settings_watched.h says */
	unsigned bait_count;
	char baits[SETTINGS_BAITS_MAX][SETTINGS_PATH_MAX]; /* files that nobody has a reason to touch */
	/* [exposure] */
	bool exposure; /* audit what the device offers to an attacker */
	uint32_t exposure_interval_s;
	unsigned suid_count;
	char suids[SETTINGS_SUIDS_MAX][SETTINGS_PATH_MAX]; /* programs that may have the bit besides the known ones */
	unsigned certificate_count;
	char certificates[SETTINGS_CERTIFICATES_MAX][SETTINGS_PATH_MAX]; /* besides the guard's own; or patterns */
	char passwords[SETTINGS_PATH_MAX]; /* file of the vendor's default passwords; empty: none */
	uint32_t firmware_days;		   /* after which firmware is old; 0: never */
	/* [response] */
	uint8_t mode;		     /* enum settings_mode */
	uint32_t ban_s;		     /* default duration, 600 */
	uint32_t ban_longest_s;	     /* of a source that comes back again and again, 86400 */
	uint8_t ban_prefix6;	     /* 64 or 128 */
	uint32_t ban_neighbours;     /* attackers in an IPv4 /24 at which it is banned whole; 0: never */
	uint32_t neighbours_quiet_s; /* and for how long nobody may have logged in from it */
	uint8_t packet_filter;	     /* enum settings_filter */
	unsigned nat64_count;
	struct addr nat64[SETTINGS_NAT64_MAX]; /* in which each address is another client */
	uint32_t bans_per_minute;	       /* budget for ORIGIN_RULE */
	struct settings_quiet quiet;
	uint32_t limit_rate; /* packets a second, of what a rule limits */
	uint32_t resets_per_hour;
	uint32_t logouts_per_hour;
	uint32_t locks_per_hour;
	uint32_t confirm_s; /* within which the service is to be heard through an isolation */
	bool trust_logs;    /* log files alone are enough for steps against accounts */
	unsigned never_ban_count;
	struct addr never_ban[SETTINGS_NEVER_BAN_MAX];
	unsigned never_ban_name_count;
	char never_ban_names[SETTINGS_NEVER_BAN_NAMES_MAX][SETTINGS_HOST_MAX]; /* empty behind the last one */
	unsigned protect_count; /* accounts that only an order may reset, log out or lock */
	char protect[SETTINGS_ACCOUNTS_MAX][33];
	/* [hook NAME] */
	unsigned hook_count;
	struct settings_hook hooks[SETTINGS_HOOKS_MAX];
	/* [credential NAME] */
	unsigned credential_count;
	struct settings_hook credentials[SETTINGS_CREDENTIALS_MAX];
	/* [rule.NAME] */
	struct settings_rule_row rules[RULES_MAX];
	/* [rule.UUID], of rules of a pack: count and window stand in the rule itself */
	unsigned pack_rule_count;
	struct settings_pack_rule {
		char id[SETTINGS_RULE_ID];
		struct settings_rule_row row;
	} pack_rules[SETTINGS_PACK_RULES_MAX];
	/* [rules] */
	bool pack;			   /* judge events by a pack of Sigma rules */
	char pack_file[SETTINGS_PATH_MAX]; /* empty: the one the service sent, or else the one that is installed */
	uint8_t rules_level;		   /* enum severity: rules of the pack below it tell nothing */
	/* [server] */
	char server_host[SETTINGS_NAME_MAX * 4]; /* empty: stand-alone */
	uint16_t server_port;			 /* 8443 */
	/* [spool] */
	uint32_t spool_bytes_max;
	/* [objects] */
	uint32_t objects_bytes_max; /* of all that are kept, and of all that wait to be sent */
	uint32_t objects_rate;	    /* bytes per second, each way */
	bool tuning;		    /* the service may set some of these settings (settings_tune.h) */
	/* [collect] */
	uint32_t collect_bytes_max; /* of one bundle */
	unsigned collect_count;	    /* files, or patterns of them, that an order may ask for */
	char collect[SETTINGS_COLLECT_MAX][SETTINGS_PATH_MAX];
	/* [accounts] */
	char shadow[SETTINGS_PATH_MAX]; /* /etc/shadow */
	unsigned shared_count;		/* accounts that many use, so that they say nothing about who did something */
	char shared[SETTINGS_ACCOUNTS_MAX][33];
};

/* Set all settings to their defaults. */
void settings_default(struct settings *s);

/* Who hears of each mistake, in the order in which they are found. */
struct settings_hearer {
	void (*mistake)(void *context, const struct ini_error *error);
	void *context;
	bool partial; /* what was read lacks something: settings_check_all() does not judge what may be missing */
};

/*
 * Read one INI text; its values replace those that were set before. The first assignment of a list (files, never_ban,
 * protect) in a text replaces the list, and further ones in the same text add to it. Errors are those of ini_read(),
 * and ERR_INVALID for a key that does not exist or a value that it does not take, ERR_FULL for a list that is full;
 * then error->text names the key and says what it takes ("[response] mode: 'enforced' is neither observe nor enforce").
 */
ERR_CHECK enum err settings_read(struct settings *s, struct str text, struct ini_error *error);

/* The same; with a hearer it tells of each mistake and reads on. Returns the first error, and *error is about that. */
ERR_CHECK enum err settings_read_all(struct settings *s, struct str text, const struct settings_hearer *hearer,
				     struct ini_error *error);

/*
 * Check what can be known only after all texts were read. ERR_UNSUPPORTED: an enabled rule has a step that this build
 * lacks, or one of [process], [network], [firewall], [files],
 * [sessions], [devices] and [exposure] is enabled in one without that sensor. ERR_INVALID: there is no source,
 * or a rule whose addresses may be forged has a step. error->text is the sentence, error->line is 0.
 */
ERR_CHECK enum err settings_check(const struct settings *s, struct ini_error *error);

/* The same, in the manner of settings_read_all(). */
ERR_CHECK enum err settings_check_all(const struct settings *s, const struct settings_hearer *hearer,
				      struct ini_error *error);

/*
 * Read a time, "10m", "90s", "2h", "1d", "500ms" or a number of seconds, as microseconds. ERR_INVALID: it is not a
 * time. ERR_TOO_LONG: it is more than 366 days.
 */
ERR_CHECK enum err settings_duration(struct str text, int64_t *out_us);

/*
 * Whether a step of the rule needs a witness besides log files (rules/attempt.h): the rule is enabled, one of its steps
 * is not a ban, and trust_logs is off.
 */
bool settings_needs_witness(const struct settings *s, const struct settings_rule_row *rule);

/* The declared format of one of the files; NULL: none was. */
const struct settings_access *settings_access_find(const struct settings *s, const char *file);

/* The name of the mode: "observe" or "enforce". */
const char *settings_mode_name(const struct settings *s);

/* What packets are filtered by: "nf_tables" or "iptables". */
const char *settings_filter_name(const struct settings *s);

/* The name of the row at that place ("brute_force"), never NULL for a place below RULES_MAX. */
const char *settings_rule_name(enum settings_rule rule);

/* The row of the rule of that name, also of one of a pack that has a section; NULL: there is none. */
const struct settings_rule_row *settings_rule_find(const struct settings *s, struct str name);

/* How many seconds the bans of a rule last: its own ban_time, or else that of [response]. NULL: of no rule. */
uint32_t settings_ban_s(const struct settings *s, const struct settings_rule_row *rule);

/* How many seconds they last at most, for a source that comes back: ban_time_max, or the above if that is more. */
uint32_t settings_ban_longest_s(const struct settings *s, const struct settings_rule_row *rule);
