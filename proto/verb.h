/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of verbs: what a guard can be told to do. One row per verb says its number, name, parameters and
 * class; one row per parameter says its name, type and place in struct verb_args. Everything that reads, checks, prints
 * or carries a verb walks these rows: orders, the actor, the settings' steps, receipts, the service and the command
 * line. A new verb of known parameters is one row here. Pure.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stdint.h>

#define VERB_ACCOUNT_MAX 33 /* LOGIN_NAME_MAX of shadow(5) tools: 32 and a NUL */
#define VERB_PATH_MAX 192   /* bytes of a file's path and a NUL: what a signed order has room for */
#define VERB_NAME_MAX 48    /* bytes of a name and a NUL: of a hook or a service */
#define VERB_HASH_MAX 128   /* bytes of a password's hash and a NUL */
#define VERB_NETS_MAX 8	    /* networks in one list */
#define VERB_DURATION_MAX_S (30u * 86400)
#define VERB_FOREVER UINT32_MAX /* "forever": only where the row says `lasting` */
#define VERB_LEASE_MIN_S 300u	/* the link speaks every 120 s */
#define VERB_RATE_MAX 1000000u	/* packets a second */
#define VERB_WHY_MAX 256
#define VERB_BYTES_MAX 255    /* of the arguments of one verb, encoded */
#define VERB_DESCRIBE_MAX 384 /* of one verb with its arguments in words */
#define VERB_PREFIX4_MIN 8    /* the widest networks that can be banned */
#define VERB_PREFIX6_MIN 32

/* Numbers are in signed orders and in journals: append only. */
enum verb {
	VERB_NONE = 0,
	VERB_BAN = 1,
	VERB_UNBAN = 2,
	VERB_RESET = 3,
	VERB_LOGOUT = 4,
	VERB_KILL = 5,
	VERB_ISOLATE = 6,
	VERB_RELEASE = 7,
	VERB_LOCK = 8,
	VERB_UNLOCK = 9,
	VERB_SUSPEND = 10,
	VERB_RESUME = 11,
	VERB_AUDIT = 12,
	VERB_CUT = 13,
	VERB_LIMIT = 14,
	VERB_UNLIMIT = 15,
	VERB_MAINTAIN = 16,
	VERB_CONCLUDE = 17,
	VERB_QUARANTINE = 18,
	VERB_RESTORE = 19,
	VERB_POLICY = 20,
	VERB_LIFT = 21,
	VERB_COLLECT = 22,
	VERB_DISCARD = 23,
	VERB_HOOK = 24,
	VERB_STOP = 25,
	VERB_START = 26,
	VERB_DISABLE = 27,
	VERB_ENABLE = 28,
	VERB_REBOOT = 29,
	VERB_MAX = 30,
};

enum verb_class {
	VERB_HARMLESS,	  /* takes something back, or changes nothing */
	VERB_REVERSIBLE,  /* a later verb or the end of its time takes it back */
	VERB_DESTRUCTIVE, /* nothing brings back what it ends */
};

/* Tags of parameters are in signed orders and in journals: append only. */
enum verb_param_tag {
	VERB_ADDR = 1,
	VERB_DURATION = 2,
	VERB_ACCOUNT = 3,
	VERB_PID = 4,
	VERB_TICKS = 5,
	VERB_LEASE = 6,
	VERB_LAST_WAY = 7,
	VERB_TREE = 8,
	VERB_ALLOW = 9,
	VERB_DNS = 10,
	VERB_DHCP = 11,
	VERB_INCLUDE_ME = 12,
	VERB_RATE = 13,
	VERB_PATH = 14,
	VERB_CLEAR = 15,
	VERB_NAME = 16,
	VERB_HASH = 17,
	VERB_PARAM_MAX = 18,
};

#define VERB_PARAM(tag) (UINT32_C(1) << (tag)) /* in the sets of a row */

enum verb_type {
	VERB_TYPE_ADDR,	   /* struct addr: an address or a prefix */
	VERB_TYPE_NETS,	   /* struct verb_nets */
	VERB_TYPE_SECONDS, /* uint32_t */
	VERB_TYPE_ACCOUNT, /* char[VERB_ACCOUNT_MAX] */
	VERB_TYPE_PID,	   /* int32_t, positive */
	VERB_TYPE_COUNT,   /* uint64_t */
	VERB_TYPE_FLAG,	   /* uint8_t, 0 or 1 */
	VERB_TYPE_PATH,	   /* char[VERB_PATH_MAX], absolute, without ".", ".." and "//" */
	VERB_TYPE_NAME,	   /* char[VERB_NAME_MAX], no part of a path and no option */
	VERB_TYPE_HASH,	   /* char[VERB_HASH_MAX], "$METHOD$...": never in texts, receipts and answers of the service */
};

struct verb_nets {
	uint8_t count;
	struct addr list[VERB_NETS_MAX];
};

/* A verb with its arguments. Those that the verb does not take are zero; so are those that nobody gave. */
struct verb_args {
	uint16_t verb;	     /* enum verb */
	uint32_t duration_s; /* VERB_FOREVER: no end */
	uint32_t lease_s;
	struct addr addr;
	int32_t pid;
	uint64_t start_ticks; /* field 22 of proc_pid_stat(5); 0: any process of that pid */
	char account[VERB_ACCOUNT_MAX];
	uint8_t last_way;   /* 1: also where nobody else could log in and administer this device */
	uint8_t tree;	    /* 1: also the processes that descend from it */
	uint8_t dns;	    /* 1: everybody's look-ups pass */
	uint8_t dhcp;	    /* 1: the configuration of addresses passes */
	uint8_t include_me; /* 1: also connections with addresses of never_ban, the operator's own among them */
	uint64_t rate;	    /* packets a second */
	struct verb_nets allow;
	char path[VERB_PATH_MAX];
	uint8_t clear;		  /* 1: also where nobody could be kept from reading what is sent */
	char name[VERB_NAME_MAX]; /* of a hook or a credential, as the settings of the device declare it, or of a
				     service */
	char hash[VERB_HASH_MAX]; /* crypt(5), of the password that an account is to have; empty: of a random one */
};

struct verb_param {
	uint8_t tag;	  /* enum verb_param_tag, also its place in the table */
	uint8_t type;	  /* enum verb_type */
	uint16_t offset;  /* in struct verb_args */
	const char *name; /* in JSON, in receipts and on the command line */
	const char *noun; /* "ADDRESS", for usage texts */
};

struct verb_row {
	uint16_t number;     /* enum verb, also its place in the table */
	uint8_t class;	     /* enum verb_class */
	uint8_t signatures;  /* distinct ones that an order needs, at least 1 */
	uint32_t needs;	     /* parameters without which it makes no sense; the first is what it is done to */
	uint32_t takes;	     /* further ones that may be given */
	uint32_t one_of;     /* of a verb that needs none: it is done to exactly one of these */
	uint32_t duration_s; /* how long it lasts when nobody says; 0: the settings say, or it has no end */
	bool step;	     /* a rule may have it among its steps */
	bool lasting;	     /* an order may say that it has no end */
	bool local;	     /* root may ask for it at the command line of the device */
	bool by_hand;	     /* nothing that runs by itself may have it: no rule and no playbook that is bound */
	bool built;	     /* this build of the guard can do it */
	uint8_t undoes;	     /* enum verb: whose effect it takes back; 0: none */
	uint8_t spoils;	     /* enum verb: one that its effect makes void on the same target; 0: none */
	const char *name;
	const char *past;   /* of a verb that undoes: "unbanned" */
	const char *phrase; /* what stands before its target in texts: "end the sessions of" */
	const char *about;  /* half a sentence for people, where this build has CLI_FLEET */
};

/* The row of a number or of a name; NULL: there is no such verb. */
const struct verb_row *verb_row(uint16_t number);
const struct verb_row *verb_find(const char *name);

/* The row of the verb that takes back what this one brings into force; NULL: it leaves nothing in force. */
const struct verb_row *verb_undoer(uint16_t number);

/* "ban", ...; NULL for a number that is no verb. VERB_NONE for a name that is none. */
const char *verb_name(uint16_t number);
uint16_t verb_number(const char *name);

/* Appends "ban, unban, reset" and so on: all verbs, or only those that rules may have as steps. */
void verb_list(struct buf *b, bool steps_only);

/* The parameter of a tag or of a name; NULL: there is none. A trailing "_s" of the name may be left out. */
const struct verb_param *verb_param(unsigned tag);
const struct verb_param *verb_param_find(struct str name);

/* The name of a parameter without that ending, as people type it. */
struct str verb_param_bare(const struct verb_param *p);

/* Whether the verb takes the parameter, needed or not. */
bool verb_takes(uint16_t number, unsigned tag);

/*
 * What the verb is done to: the first parameter that it needs; or that one of those of which it needs one that is
 * given, the first of them while none is. NULL: it needs none.
 */
const struct verb_param *verb_what(const struct verb_args *args);

/* Take away what nobody is to read who is told of it: a hash becomes "given". */
void verb_args_veil(struct verb_args *args);

/* Whether both are done to the same: the same parameter with the same value. */
bool verb_same_what(const struct verb_args *a, const struct verb_args *b);

/* Whether the argument was given. */
bool verb_arg_given(const struct verb_args *args, const struct verb_param *param);

/*
 * Set an argument from text: "192.0.2.1", "2001:db8::/64", "10.0.0.0/8,192.0.2.0/24", "90" or "10m" (seconds), "yes",
 * "/tmp/x". ERR_INVALID, ERR_TOO_LONG; then args are unchanged and `why` is a sentence.
 */
ERR_CHECK enum err verb_arg_set(struct verb_args *args, const struct verb_param *param, struct str text,
				char why[VERB_WHY_MAX]);

/* Appends an argument in the text that verb_arg_set() takes; seconds as a plain number. */
void verb_arg_put(struct buf *b, const struct verb_args *args, const struct verb_param *param);

/*
 * Whether the arguments make sense for their verb: each that it needs is there, each in its range, none that it does
 * not take. ERR_UNSUPPORTED (there is no such verb), ERR_INVALID, ERR_PROTECTED (no device does that); then `why` is a
 * sentence. `why` may be NULL.
 */
ERR_CHECK enum err verb_args_check(const struct verb_args *args, char why[VERB_WHY_MAX]);

/* The same without a reason. */
bool verb_args_valid(const struct verb_args *args);

/*
 * Clear what verb_args_check() refuses: arguments that the verb does not take, and those whose value has no sense. What
 * is left can be shown and encoded.
 */
void verb_args_purge(struct verb_args *args);

/* Whether the prefix is one that a rule's ban has: /32 and /24 of IPv4, /128 and /64 of IPv6. Others are for orders. */
bool verb_prefix_is_common(const struct addr *addr);

/*
 * Arguments as bytes, without the verb:
 *
 *	count:u8  (tag:u8  len:u8  value[len]) * count
 *
 * with the tags ascending and all integers big-endian. An argument that is not given has no bytes, so that there is one
 * spelling. A flag has no value; an address is family:u8 prefix:u8 and its 4 or 16 bytes; a list repeats that.
 */
void verb_args_encode(struct buf *b, const struct verb_args *args);

/*
 * Read them back for args->verb; all other members of args are set. ERR_TRUNCATED, ERR_INVALID (an unknown or doubled
 * argument, a wrong length, a value that has another spelling); then `why` is a sentence. Call verb_args_check() next.
 */
ERR_CHECK enum err verb_args_decode(struct view *v, struct verb_args *args, char why[VERB_WHY_MAX]);

/* Appends the verb and its arguments in words: "ban 192.0.2.1 for 3600 s". */
void verb_describe(struct buf *b, const struct verb_args *args);
