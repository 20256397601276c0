/* SPDX-License-Identifier: Apache-2.0 */
/* The two tables of the vocabulary and the look-ups in them. Arguments are verb_args.c's work. */
#include "proto/verb.h"

#include <stddef.h>
#include <string.h>

#define LEASE VERB_PARAM(VERB_LEASE)
#define ADDR VERB_PARAM(VERB_ADDR)
#define DURATION VERB_PARAM(VERB_DURATION)
#define ACCOUNT VERB_PARAM(VERB_ACCOUNT)
#define PID VERB_PARAM(VERB_PID)
#define LAST_WAY VERB_PARAM(VERB_LAST_WAY)
#define TREE VERB_PARAM(VERB_TREE)
#define ALLOW VERB_PARAM(VERB_ALLOW)
#define DNS VERB_PARAM(VERB_DNS)
#define DHCP VERB_PARAM(VERB_DHCP)
#define TICKS VERB_PARAM(VERB_TICKS)
#define INCLUDE_ME VERB_PARAM(VERB_INCLUDE_ME)
#define RATE VERB_PARAM(VERB_RATE)
#define PATH VERB_PARAM(VERB_PATH)
#define CLEAR VERB_PARAM(VERB_CLEAR)
#define NAME VERB_PARAM(VERB_NAME)
#define HASH VERB_PARAM(VERB_HASH)

/* Only the fleet's command line explains verbs. */
#define ABOUT(text) (IS_ENABLED(CONFIG_CLI_FLEET) ? (text) : "")

static const struct verb_param params[VERB_PARAM_MAX] = {
	[VERB_ADDR] = {VERB_ADDR, VERB_TYPE_ADDR, offsetof(struct verb_args, addr), "addr", "ADDRESS"},
	[VERB_DURATION] = {VERB_DURATION, VERB_TYPE_SECONDS, offsetof(struct verb_args, duration_s), "duration_s",
			   "SPAN"},
	[VERB_ACCOUNT] = {VERB_ACCOUNT, VERB_TYPE_ACCOUNT, offsetof(struct verb_args, account), "account", "ACCOUNT"},
	[VERB_PID] = {VERB_PID, VERB_TYPE_PID, offsetof(struct verb_args, pid), "pid", "PID"},
	[VERB_LEASE] = {VERB_LEASE, VERB_TYPE_SECONDS, offsetof(struct verb_args, lease_s), "lease_s", "SPAN"},
	[VERB_LAST_WAY] = {VERB_LAST_WAY, VERB_TYPE_FLAG, offsetof(struct verb_args, last_way), "last_way", "yes"},
	[VERB_TREE] = {VERB_TREE, VERB_TYPE_FLAG, offsetof(struct verb_args, tree), "tree", "yes"},
	[VERB_ALLOW] = {VERB_ALLOW, VERB_TYPE_NETS, offsetof(struct verb_args, allow), "allow", "NETWORK,..."},
	[VERB_DNS] = {VERB_DNS, VERB_TYPE_FLAG, offsetof(struct verb_args, dns), "dns", "yes"},
	[VERB_DHCP] = {VERB_DHCP, VERB_TYPE_FLAG, offsetof(struct verb_args, dhcp), "dhcp", "yes"},
	[VERB_TICKS] = {VERB_TICKS, VERB_TYPE_COUNT, offsetof(struct verb_args, start_ticks), "start_ticks", "TICKS"},
	[VERB_INCLUDE_ME] = {VERB_INCLUDE_ME, VERB_TYPE_FLAG, offsetof(struct verb_args, include_me), "include_me",
			     "yes"},
	[VERB_RATE] = {VERB_RATE, VERB_TYPE_COUNT, offsetof(struct verb_args, rate), "rate", "PACKETS/S"},
	[VERB_PATH] = {VERB_PATH, VERB_TYPE_PATH, offsetof(struct verb_args, path), "path", "PATH"},
	[VERB_CLEAR] = {VERB_CLEAR, VERB_TYPE_FLAG, offsetof(struct verb_args, clear), "clear", "yes"},
	[VERB_NAME] = {VERB_NAME, VERB_TYPE_NAME, offsetof(struct verb_args, name), "name", "NAME"},
	[VERB_HASH] = {VERB_HASH, VERB_TYPE_HASH, offsetof(struct verb_args, hash), "hash", "HASH"},
};

/*
 * One signature is what a fleet with one order key can give; its trust bundle may ask for more. Two are asked for here
 * where one key, if it is stolen, could do more harm than good.
 */
static const struct verb_row rows[VERB_MAX] = {
	[VERB_BAN] =
		{
			.number = VERB_BAN,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = ADDR,
			.takes = DURATION,
			.step = true,
			.built = IS_ENABLED(CONFIG_ACTION_BAN),
			.name = "ban",
			.phrase = "ban",
			.about = ABOUT("drop all packets from an address or network"),
		},
	[VERB_UNBAN] =
		{
			.number = VERB_UNBAN,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = ADDR,
			.built = IS_ENABLED(CONFIG_ACTION_BAN),
			.local = true,
			.undoes = VERB_BAN,
			.name = "unban",
			.past = "unbanned",
			.phrase = "unban",
			.about = ABOUT("end a ban"),
		},
	[VERB_RESET] =
		{
			.number = VERB_RESET,
			.class = VERB_DESTRUCTIVE,
			.signatures = 1,
			.one_of = ACCOUNT | NAME,
			.takes = LAST_WAY | HASH,
			.step = true,
			.local = true,
			.built = IS_ENABLED(CONFIG_ACTION_RESET),
			.name = "reset",
			.phrase = "reset",
			.about = ABOUT("give an account, or a credential that the device names, a new random secret"),
		},
	[VERB_LOGOUT] =
		{
			.number = VERB_LOGOUT,
			.class = VERB_DESTRUCTIVE,
			.signatures = 1,
			.needs = ACCOUNT,
			.step = true,
			.built = IS_ENABLED(CONFIG_ACTION_LOGOUT),
			.name = "logout",
			.phrase = "end the sessions of",
			.about = ABOUT("end an account's sessions and processes"),
		},
	[VERB_KILL] =
		{
			.number = VERB_KILL,
			.class = VERB_DESTRUCTIVE,
			.signatures = 1,
			.one_of = PID | PATH,
			.takes = TICKS | TREE,
			.step = true,
			.built = IS_ENABLED(CONFIG_ACTION_KILL),
			.name = "kill",
			.phrase = "kill",
			.about = ABOUT(
				"end a process, with tree=yes also those that descend from it, or all that run a file"),
		},
	[VERB_ISOLATE] =
		{
			.number = VERB_ISOLATE,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.takes = DURATION | LEASE | ALLOW | DNS | DHCP,
			.lasting = true,
			.built = IS_ENABLED(CONFIG_ACTION_ISOLATE),
			.name = "isolate",
			.phrase = "isolate",
			.about = ABOUT("let only the service and named networks reach this device, and it only them"),
		},
	[VERB_RELEASE] =
		{
			.number = VERB_RELEASE,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.undoes = VERB_ISOLATE,
			.past = "released",
			.built = IS_ENABLED(CONFIG_ACTION_ISOLATE),
			.name = "release",
			.phrase = "release",
			.about = ABOUT("end an isolation"),
		},
	[VERB_LOCK] =
		{
			.number = VERB_LOCK,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = ACCOUNT,
			.takes = DURATION | LAST_WAY,
			.duration_s = 86400,
			.step = true,
			.lasting = true,
			/* A locked account has no password that could become another, and gets its old one back. */
			.spoils = VERB_RESET,
			.built = IS_ENABLED(CONFIG_ACTION_LOCK),
			.name = "lock",
			.phrase = "lock",
			.about = ABOUT("let nobody log in to an account by its password or its SSH keys"),
		},
	[VERB_UNLOCK] =
		{
			.number = VERB_UNLOCK,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = ACCOUNT,
			.undoes = VERB_LOCK,
			.past = "unlocked",
			.built = IS_ENABLED(CONFIG_ACTION_LOCK),
			.name = "unlock",
			.phrase = "unlock",
			.about = ABOUT("end a lock"),
		},
	[VERB_SUSPEND] =
		{
			.number = VERB_SUSPEND,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = PID,
			.takes = TICKS | TREE | DURATION,
			.duration_s = 3600,
			.lasting = true,
			.built = IS_ENABLED(CONFIG_ACTION_SUSPEND),
			.name = "suspend",
			.phrase = "suspend",
			.about = ABOUT(
				"stop a process without ending it, with tree=yes also those that descend from it"),
		},
	[VERB_RESUME] =
		{
			.number = VERB_RESUME,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = PID,
			.takes = TICKS,
			.undoes = VERB_SUSPEND,
			.past = "resumed",
			.built = IS_ENABLED(CONFIG_ACTION_SUSPEND),
			.name = "resume",
			.phrase = "resume",
			.about = ABOUT("let a suspended process go on"),
		},
	[VERB_AUDIT] =
		{
			.number = VERB_AUDIT,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.built = IS_ENABLED(CONFIG_ACTION_AUDIT),
			.name = "audit",
			.phrase = "audit",
			.about = ABOUT("look for all that this device offers to an attacker, and say how much it is"),
		},
	[VERB_CUT] =
		{
			.number = VERB_CUT,
			.class = VERB_DESTRUCTIVE,
			.signatures = 1,
			.one_of = ADDR | ACCOUNT | PID,
			.takes = TICKS | INCLUDE_ME,
			.step = true,
			.built = IS_ENABLED(CONFIG_ACTION_CUT),
			.name = "cut",
			.phrase = "cut the connections of",
			.about = ABOUT(
				"end the TCP connections with an address or network, of an account, or of a process"),
		},
	[VERB_LIMIT] =
		{
			.number = VERB_LIMIT,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = ADDR | RATE,
			.takes = DURATION,
			.duration_s = 3600,
			.step = true,
			.built = IS_ENABLED(CONFIG_ACTION_LIMIT),
			.name = "limit",
			.phrase = "limit",
			.about = ABOUT("drop what an address or network sends beyond a number of packets a second"),
		},
	[VERB_UNLIMIT] =
		{
			.number = VERB_UNLIMIT,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = ADDR,
			.undoes = VERB_LIMIT,
			.past = "not limited any more",
			.built = IS_ENABLED(CONFIG_ACTION_LIMIT),
			.name = "unlimit",
			.phrase = "end the limit of",
			.about = ABOUT("end a limit"),
		},
	[VERB_MAINTAIN] =
		{
			.number = VERB_MAINTAIN,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.takes = DURATION,
			.duration_s = 1800,
			.local = true,
			.built = IS_ENABLED(CONFIG_ACTION_MAINTAIN),
			.name = "maintain",
			.phrase = "maintain",
			.about = ABOUT("for a while, let changes of files raise no alert"),
		},
	[VERB_CONCLUDE] =
		{
			.number = VERB_CONCLUDE,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.undoes = VERB_MAINTAIN,
			.local = true,
			.past = "maintenance concluded",
			.built = IS_ENABLED(CONFIG_ACTION_MAINTAIN),
			.name = "conclude",
			.phrase = "conclude the maintenance of",
			.about = ABOUT("end a maintenance"),
		},
	[VERB_QUARANTINE] =
		{
			.number = VERB_QUARANTINE,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = PATH,
			.step = true,
			.built = IS_ENABLED(CONFIG_ACTION_QUARANTINE),
			.name = "quarantine",
			.phrase = "quarantine",
			.about =
				"move a file where only root is, so that nobody reads or runs it, until it is restored",
		},
	[VERB_RESTORE] =
		{
			.number = VERB_RESTORE,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = PATH,
			.undoes = VERB_QUARANTINE,
			.past = "restored",
			.built = IS_ENABLED(CONFIG_ACTION_QUARANTINE),
			.local = true,
			.name = "restore",
			.phrase = "restore",
			.about = ABOUT("put a file back that is in quarantine, with the mode that it had"),
		},
	[VERB_POLICY] =
		{
			.number = VERB_POLICY,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.takes = LEASE,
			.lasting = true,
			.local = true,
			.built = IS_ENABLED(CONFIG_ACTION_POLICY),
			.name = "policy",
			.phrase = "put a packet-filter policy in force on",
			.about = ABOUT("put the packet-filter policy that was sent last in force, on trial"),
		},
	[VERB_LIFT] =
		{
			.number = VERB_LIFT,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.undoes = VERB_POLICY,
			.past = "packet-filter policy lifted",
			.built = IS_ENABLED(CONFIG_ACTION_POLICY),
			.name = "lift",
			.phrase = "lift the packet-filter policy of",
			.about = ABOUT("end the packet-filter policy, and the one before it"),
		},
	[VERB_COLLECT] =
		{
			.number = VERB_COLLECT,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.takes = PATH | CLEAR,
			.built = IS_ENABLED(CONFIG_ACTION_COLLECT),
			.name = "collect",
			.phrase = "collect from",
			.about = ABOUT("send what runs, listens and is connected here, and a listed file, sealed"),
		},
	[VERB_DISCARD] =
		{
			.number = VERB_DISCARD,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.undoes = VERB_COLLECT,
			.past = "what was collected is discarded",
			.built = IS_ENABLED(CONFIG_ACTION_COLLECT),
			.name = "discard",
			.phrase = "discard what was collected from",
			.about = ABOUT("remove what was collected and is not sent yet"),
		},
	[VERB_HOOK] =
		{
			.number = VERB_HOOK,
			.class = VERB_DESTRUCTIVE,
			.signatures = 1,
			.needs = NAME,
			.takes = ADDR | ACCOUNT,
			.built = IS_ENABLED(CONFIG_ACTION_HOOK),
			.name = "hook",
			.phrase = "run the hook",
			.about = ABOUT("run a program that is declared under a name in the device's settings"),
		},
	[VERB_STOP] =
		{
			.number = VERB_STOP,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = NAME,
			.takes = DURATION | LAST_WAY,
			.duration_s = 3600,
			.lasting = true,
			.built = IS_ENABLED(CONFIG_ACTION_SERVICE),
			.name = "stop",
			.phrase = "stop the service",
			.about = ABOUT("stop a service, until a time or an order"),
		},
	[VERB_START] =
		{
			.number = VERB_START,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = NAME,
			.undoes = VERB_STOP,
			.past = "started again",
			.built = IS_ENABLED(CONFIG_ACTION_SERVICE),
			.name = "start",
			.phrase = "start the service",
			.about = ABOUT("start a service again that was stopped"),
		},
	[VERB_DISABLE] =
		{
			.number = VERB_DISABLE,
			.class = VERB_REVERSIBLE,
			.signatures = 1,
			.needs = NAME,
			.takes = LAST_WAY,
			.built = IS_ENABLED(CONFIG_ACTION_SERVICE),
			.name = "disable",
			.phrase = "disable the service",
			.about = ABOUT("stop a service, and let it not be started at boot, until it is enabled"),
		},
	[VERB_ENABLE] =
		{
			.number = VERB_ENABLE,
			.class = VERB_HARMLESS,
			.signatures = 1,
			.needs = NAME,
			.undoes = VERB_DISABLE,
			.past = "enabled again",
			.built = IS_ENABLED(CONFIG_ACTION_SERVICE),
			.name = "enable",
			.phrase = "enable the service",
			.about = ABOUT("let a service be started at boot again that was disabled, and start it if it "
				       "ran before"),
		},
	[VERB_REBOOT] =
		{
			.number = VERB_REBOOT,
			.class = VERB_DESTRUCTIVE,
			.signatures = 2,
			.by_hand = true,
			.built = IS_ENABLED(CONFIG_ACTION_REBOOT),
			.name = "reboot",
			.phrase = "reboot",
			.about = ABOUT("reboot the device ten seconds later; a further receipt says what came of it"),
		},
};

_Static_assert(VERB_MAX <= 32 && VERB_PARAM_MAX <= 32, "sets of verbs and parameters are bits");

const struct verb_row *verb_row(uint16_t number)
{
	return number > VERB_NONE && number < VERB_MAX ? &rows[number] : NULL;
}

const struct verb_row *verb_find(const char *name)
{
	for (unsigned i = VERB_NONE + 1; i < VERB_MAX; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const struct verb_row *verb_undoer(uint16_t number)
{
	for (uint16_t other = VERB_NONE + 1; number != VERB_NONE && other < VERB_MAX; other++)
		if (verb_row(other)->undoes == number)
			return verb_row(other);
	return NULL;
}

const char *verb_name(uint16_t number)
{
	const struct verb_row *row = verb_row(number);

	return row ? row->name : NULL;
}

uint16_t verb_number(const char *name)
{
	const struct verb_row *row = verb_find(name);

	return row ? row->number : VERB_NONE;
}

const struct verb_param *verb_param(unsigned tag)
{
	return tag > 0 && tag < VERB_PARAM_MAX ? &params[tag] : NULL;
}

struct str verb_param_bare(const struct verb_param *p)
{
	struct str name = str_from(p->name);

	(void)str_take_back(&name, STR("_s"));
	return name;
}

const struct verb_param *verb_param_find(struct str name)
{
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		if (str_equal(name, str_from(params[tag].name)) || str_equal(name, verb_param_bare(&params[tag])))
			return &params[tag];
	}
	return NULL;
}

bool verb_takes(uint16_t number, unsigned tag)
{
	const struct verb_row *row = verb_row(number);

	return row && ((row->needs | row->takes | row->one_of) & VERB_PARAM(tag));
}
