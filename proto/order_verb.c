/* SPDX-License-Identifier: Apache-2.0 */
/* Orders in words, and early no's. Pure. */
#include "proto/order_verb.h"

#include "agent/base/addr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX4_MIN 8
#define PREFIX6_MIN 32

static const char *const names[] = {
	[ORDER_BAN] = "ban",	   [ORDER_UNBAN] = "unban", [ORDER_RESET] = "reset",
	[ORDER_LOGOUT] = "logout", [ORDER_KILL] = "kill",
};

const char *order_verb_name(uint16_t verb)
{
	return verb < sizeof(names) / sizeof(names[0]) ? names[verb] : NULL;
}

uint16_t order_verb_number(const char *name)
{
	for (uint16_t verb = ORDER_BAN; verb <= ORDER_KILL; verb++)
		if (strcmp(names[verb], name) == 0)
			return verb;
	return 0;
}

enum err order_verb_address(struct order *o, const char *text)
{
	struct addr a;
	enum err err = addr_parse_prefix(str_from(text), &a);

	if (err)
		return err;
	o->addr_family = a.family;
	o->addr_prefix = a.prefix;
	memcpy(o->addr, a.bytes, sizeof(o->addr));
	return ERR_OK;
}

static struct addr addr_of(const struct order *o)
{
	struct addr a = {.family = o->addr_family, .prefix = o->addr_prefix};

	memcpy(a.bytes, o->addr, sizeof(a.bytes));
	return a;
}

/* why: subject, and what is wrong with it. */
static enum err no(enum err err, char why[ORDER_VERB_WHY_MAX], const char *subject, const char *what)
{
	snprintf(why, ORDER_VERB_WHY_MAX, "%s %s.", subject, what);
	return err;
}

/* Networks no ban may touch, because the device itself lives there (RFC 6890). */
static bool touches_own(const struct addr *a)
{
	static const char *const own[] = {
		"127.0.0.0/8", "0.0.0.0/8", "::1", "::", "224.0.0.0/4", "ff00::/8", "fe80::/10"};
	struct addr net;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (addr_parse_prefix(str_from(own[i]), &net) == ERR_OK && addr_overlaps(&net, a))
			return true;
	return addr_is_special(a);
}

static enum err check_address(const struct order *o, char why[ORDER_VERB_WHY_MAX])
{
	struct addr a = addr_of(o);
	char text[ADDR_TEXT_MAX];

	if (!o->addr_family)
		return no(ERR_INVALID, why, order_verb_name(o->verb), "needs an address");
	if (o->verb == ORDER_UNBAN)
		return ERR_OK;
	addr_text(&a, text);
	if (touches_own(&a))
		return no(ERR_PROTECTED, why, text,
			  "is loopback, link-local, multicast or unspecified: no device bans it");
	if (a.prefix < (a.family == 4 ? PREFIX4_MIN : PREFIX6_MIN))
		return no(ERR_PROTECTED, why, text, "is too wide; IPv4 /8 and IPv6 /32 are the widest");
	if (o->duration_s > ORDER_VERB_DURATION_MAX_S)
		return no(ERR_INVALID, why, "A ban", "lasts for 30 days at most");
	return ERR_OK;
}

static bool is_account(const char *account)
{
	size_t len = strlen(account);

	for (size_t i = 0; i < len; i++) {
		char c = account[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';

		if (!letter && !(i && (c == '-' || c == '.')) && !(i && c == '$' && i == len - 1))
			return false;
	}
	return true;
}

static enum err check_account(const struct order *o, char why[ORDER_VERB_WHY_MAX])
{
	if (!o->account[0])
		return no(ERR_INVALID, why, order_verb_name(o->verb), "needs an account");
	if (!is_account(o->account))
		return no(ERR_INVALID, why, o->account,
			  "is not an account's name: letters, digits and '_', after the first also '-' and '.'");
	return ERR_OK;
}

/* Members that belong to other verbs. */
static const char *stray(const struct order *o)
{
	bool has_address = o->verb == ORDER_BAN || o->verb == ORDER_UNBAN;
	bool has_account = o->verb == ORDER_RESET || o->verb == ORDER_LOGOUT;

	if (!has_address && o->addr_family)
		return "takes no address";
	if (!has_account && o->account[0])
		return "takes no account";
	if (o->verb != ORDER_BAN && o->duration_s)
		return "takes no duration";
	if (o->verb != ORDER_KILL && (o->pid || o->start_ticks))
		return "takes no process";
	return NULL;
}

enum err order_verb_check(const struct order *o, char why[ORDER_VERB_WHY_MAX])
{
	const char *verb = order_verb_name(o->verb);

	if (!verb)
		return no(ERR_INVALID, why, "The verb", "is one of ban, unban, reset, logout, kill");
	if (stray(o))
		return no(ERR_INVALID, why, verb, stray(o));
	switch (o->verb) {
	case ORDER_BAN:
	case ORDER_UNBAN: return check_address(o, why);
	case ORDER_KILL:
		if (o->pid == 1)
			return no(ERR_PROTECTED, why, "Process 1", "cannot be killed");
		return o->pid > 1 ? ERR_OK : no(ERR_INVALID, why, verb, "needs a process id");
	default: return check_account(o, why);
	}
}

void order_verb_describe(const struct order *o, struct buf *b)
{
	struct addr a = addr_of(o);

	buf_text(b, order_verb_name(o->verb) ? order_verb_name(o->verb) : "?");
	buf_char(b, ' ');
	if (o->addr_family)
		addr_put(b, &a);
	buf_text(b, o->account);
	if (o->pid)
		buf_i64(b, o->pid);
	if (o->duration_s)
		buf_printf(b, " for %" PRIu32 " s", o->duration_s);
}
