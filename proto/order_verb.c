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
	[ORDER_BAN] = "ban", [ORDER_UNBAN] = "unban", [ORDER_RESET] = "reset",
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

static enum err no(enum err err, char why[ORDER_VERB_WHY_MAX], const char *format, const char *a, const char *b)
{
	snprintf(why, ORDER_VERB_WHY_MAX, format, a, b);
	return err;
}

/* Networks no ban may touch, because the device itself lives there (RFC 6890). */
static bool touches_own(const struct addr *a)
{
	static const char *const own[] = {"127.0.0.0/8", "0.0.0.0/8", "::1", "::", "224.0.0.0/4", "ff00::/8", "fe80::/10"};
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
	const char *verb = order_verb_name(o->verb);

	if (!o->addr_family)
		return no(ERR_INVALID, why, "%s needs an address%s.", verb, "");
	if (o->verb == ORDER_UNBAN)
		return ERR_OK;
	if (touches_own(&a))
		return no(ERR_PROTECTED, why, "%s is loopback, link-local, multicast or unspecified: no device bans it%s.",
			  addr_text(&a, text), "");
	if (a.prefix < (a.family == 4 ? PREFIX4_MIN : PREFIX6_MIN))
		return no(ERR_PROTECTED, why, "%s is too wide; /8 and IPv6 /32 are the widest%s.", addr_text(&a, text), "");
	if (o->duration_s > ORDER_VERB_DURATION_MAX_S)
		return no(ERR_INVALID, why, "%s lasts for 30 days at most%s.", "A ban", "");
	return ERR_OK;
}

static enum err check_account(const struct order *o, char why[ORDER_VERB_WHY_MAX])
{
	const char *verb = order_verb_name(o->verb);
	size_t len = strlen(o->account);

	if (!len)
		return no(ERR_INVALID, why, "%s needs an account%s.", verb, "");
	for (size_t i = 0; i < len; i++) {
		char c = o->account[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';

		if (!letter && !(i && (c == '-' || c == '.')) && !(i && c == '$' && i == len - 1))
			return no(ERR_INVALID, why,
				  "'%s' is not an account name: letters, digits, '_', and after the first also '-' and '.'%s.",
				  o->account, "");
	}
	return ERR_OK;
}

/* Members that belong to other verbs. */
static const char *stray(const struct order *o)
{
	bool has_address = o->verb == ORDER_BAN || o->verb == ORDER_UNBAN;
	bool has_account = o->verb == ORDER_RESET || o->verb == ORDER_LOGOUT;

	if (!has_address && o->addr_family)
		return "address";
	if (!has_account && o->account[0])
		return "account";
	if (o->verb != ORDER_BAN && o->duration_s)
		return "duration";
	if (o->verb != ORDER_KILL && (o->pid || o->start_ticks))
		return "process";
	return NULL;
}

enum err order_verb_check(const struct order *o, char why[ORDER_VERB_WHY_MAX])
{
	const char *verb = order_verb_name(o->verb);

	if (!verb)
		return no(ERR_INVALID, why, "The verb is one of ban, unban, reset, logout, kill%s%s.", "", "");
	if (stray(o))
		return no(ERR_INVALID, why, "%s takes no %s.", verb, stray(o));
	switch (o->verb) {
	case ORDER_BAN:
	case ORDER_UNBAN:
		return check_address(o, why);
	case ORDER_KILL:
		if (o->pid == 1)
			return no(ERR_PROTECTED, why, "%s: process 1 cannot be killed%s.", verb, "");
		return o->pid > 1 ? ERR_OK : no(ERR_INVALID, why, "%s needs a process id%s.", verb, "");
	default:
		return check_account(o, why);
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
