/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of verbs: from and to text and bytes, and whether they make sense. Knows types of parameters, no verb. */
#include "proto/verb.h"

#include "agent/base/require.h"
#include "proto/verb_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const void *place(const struct verb_args *args, const struct verb_param *p)
{
	return (const uint8_t *)args + p->offset;
}

static void *target(struct verb_args *args, const struct verb_param *p)
{
	return (uint8_t *)args + p->offset;
}

static uint64_t number_of(const struct verb_args *args, const struct verb_param *p)
{
	switch (p->type) {
	case VERB_TYPE_SECONDS: return *(const uint32_t *)place(args, p);
	case VERB_TYPE_PID: return (uint32_t) * (const int32_t *)place(args, p);
	case VERB_TYPE_COUNT: return *(const uint64_t *)place(args, p);
	default: return *(const uint8_t *)place(args, p);
	}
}

static void put_number(struct verb_args *args, const struct verb_param *p, uint64_t value)
{
	switch (p->type) {
	case VERB_TYPE_SECONDS: *(uint32_t *)target(args, p) = (uint32_t)value; break;
	case VERB_TYPE_PID: *(int32_t *)target(args, p) = (int32_t)value; break;
	case VERB_TYPE_COUNT: *(uint64_t *)target(args, p) = value; break;
	default: *(uint8_t *)target(args, p) = (uint8_t)value;
	}
}

bool verb_arg_given(const struct verb_args *args, const struct verb_param *p)
{
	switch (p->type) {
	case VERB_TYPE_ADDR: return ((const struct addr *)place(args, p))->family != 0;
	case VERB_TYPE_NETS: return ((const struct verb_nets *)place(args, p))->count != 0;
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: return *(const char *)place(args, p) != '\0';
	default: return number_of(args, p) != 0;
	}
}

const struct verb_param *verb_what(const struct verb_args *args)
{
	const struct verb_row *row = verb_row(args->verb);
	uint32_t set = row ? row->needs | row->one_of : 0;

	for (unsigned tag = 1; row && tag < VERB_PARAM_MAX; tag++)
		if ((row->one_of & VERB_PARAM(tag)) && verb_arg_given(args, verb_param(tag)))
			return verb_param(tag);
	return set ? verb_param((unsigned)__builtin_ctz(set)) : NULL;
}

/* -- text -- */

static enum err no(enum err err, char why[VERB_WHY_MAX], struct str text, const char *what)
{
	char shown[64];

	str_show(text, shown, sizeof(shown));
	snprintf(why, VERB_WHY_MAX, "'%s' %s.", shown, what);
	return err;
}

static enum err bad(enum err err, char why[VERB_WHY_MAX], const char *subject, const char *what)
{
	snprintf(why, VERB_WHY_MAX, "%s %s.", subject, what);
	return err;
}

static enum err no_addr(struct str text, char why[VERB_WHY_MAX])
{
	return no(ERR_INVALID, why, text, "is not an IPv4 or IPv6 address or prefix");
}

static enum err set_addr(struct addr *out, struct str text, char why[VERB_WHY_MAX])
{
	return addr_parse_prefix(text, out) == ERR_OK ? ERR_OK : no_addr(text, why);
}

static enum err set_nets(struct verb_nets *out, struct str text, char why[VERB_WHY_MAX])
{
	struct verb_nets nets = {0};

	while (!str_empty(text)) {
		struct str one = str_trim(str_cut(&text, ','));

		if (nets.count == VERB_NETS_MAX) {
			snprintf(why, VERB_WHY_MAX, "A list holds at most %d networks.", VERB_NETS_MAX);
			return ERR_TOO_LONG;
		}
		/* Lists say which packets pass. */
		if (addr_parse_prefix_wire(one, &nets.list[nets.count++]) != ERR_OK)
			return no_addr(one, why);
	}
	*out = nets;
	return ERR_OK;
}

/* "90", "90s", "10m", "2h", "1d": whole seconds; or "forever". */
static enum err take_seconds(struct str text, uint64_t *out)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	uint32_t unit = 1;
	enum err err;

	if (str_equal(text, STR("forever"))) {
		*out = VERB_FOREVER;
		return ERR_OK;
	}
	for (unsigned i = 0; i < 4 && text.len > 1; i++)
		if (text.data[text.len - 1] == units[i].unit) {
			unit = units[i].seconds;
			text.len--;
			break;
		}
	err = str_number(text, (VERB_FOREVER - 1) / unit, out);
	*out *= unit;
	return err;
}

static enum err take_flag(struct str text, uint64_t *out)
{
	*out = str_equal(text, STR("yes")) || str_equal(text, STR("true"));
	return *out || str_equal(text, STR("no")) || str_equal(text, STR("false")) ? ERR_OK : ERR_INVALID;
}

static enum err set_number(struct verb_args *args, const struct verb_param *p, struct str text, char why[VERB_WHY_MAX])
{
	static const char *const kinds[] = {
		[VERB_TYPE_SECONDS] = "is not a time such as 90s, 10m, 2h or 1d",
		[VERB_TYPE_PID] = "is not a process id",
		[VERB_TYPE_COUNT] = "is not a number",
		[VERB_TYPE_FLAG] = "is neither yes nor no",
	};
	uint64_t value = 0;
	enum err err;

	switch (p->type) {
	case VERB_TYPE_SECONDS: err = take_seconds(text, &value); break;
	case VERB_TYPE_PID: err = str_number(text, INT32_MAX, &value); break;
	case VERB_TYPE_COUNT: err = str_number(text, INT64_MAX, &value); break;
	default: err = take_flag(text, &value);
	}
	if (err != ERR_OK)
		return no(ERR_INVALID, why, text, kinds[p->type]);
	put_number(args, p, value);
	return ERR_OK;
}

static enum err set_text(struct verb_args *args, const struct verb_param *p, struct str text, char why[VERB_WHY_MAX])
{
	size_t size = verb_text_size(p->type);
	char value[VERB_PATH_MAX] = "";

	if (str_copy(text, value, size) != ERR_OK)
		return p->type == VERB_TYPE_HASH ? bad(ERR_TOO_LONG, why, p->name, verb_text_too_long(p->type))
						 : no(ERR_TOO_LONG, why, text, verb_text_too_long(p->type));
	memcpy(target(args, p), value, size);
	return ERR_OK;
}

enum err verb_arg_set(struct verb_args *args, const struct verb_param *p, struct str text, char why[VERB_WHY_MAX])
{
	switch (p->type) {
	case VERB_TYPE_ADDR: return set_addr(target(args, p), text, why);
	case VERB_TYPE_NETS: return set_nets(target(args, p), text, why);
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: return set_text(args, p, text, why);
	default: return set_number(args, p, text, why);
	}
}

void verb_arg_put(struct buf *b, const struct verb_args *args, const struct verb_param *p)
{
	const struct verb_nets *nets = place(args, p);

	switch (p->type) {
	case VERB_TYPE_ADDR: addr_put(b, place(args, p)); break;
	case VERB_TYPE_NETS:
		for (unsigned i = 0; i < nets->count && i < VERB_NETS_MAX; i++) {
			buf_text(b, i ? "," : "");
			addr_put(b, &nets->list[i]);
		}
		break;
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: buf_text(b, place(args, p)); break;
	case VERB_TYPE_FLAG: buf_text(b, number_of(args, p) ? "yes" : "no"); break;
	default:
		if (p->type == VERB_TYPE_SECONDS && number_of(args, p) == VERB_FOREVER)
			buf_text(b, "forever");
		else
			buf_u64(b, number_of(args, p));
	}
}

void verb_describe(struct buf *b, const struct verb_args *args)
{
	const struct verb_param *what = verb_what(args);

	buf_text(b, verb_name(args->verb) ? verb_name(args->verb) : "?");
	if (what) {
		buf_char(b, ' ');
		verb_arg_put(b, args, what);
	}
	if (args->duration_s == VERB_FOREVER)
		buf_text(b, " without end");
	else if (args->duration_s)
		buf_printf(b, " for %" PRIu32 " s", args->duration_s);
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);

		if (p == what || tag == VERB_DURATION || !verb_arg_given(args, p))
			continue;
		buf_printf(b, " %s=", p->name);
		if (p->type == VERB_TYPE_HASH)
			buf_text(b, VERB_TEXT_VEILED);
		else
			verb_arg_put(b, args, p);
	}
}

/* -- sense -- */

/* A family, a prefix of it, and no bit past that. */
static bool addr_valid(const struct addr *a)
{
	unsigned bits = a->family == 4 ? 32 : 128;

	if ((a->family != 4 && a->family != 6) || a->prefix > bits)
		return false;
	if (a->prefix % 8 && a->bytes[a->prefix / 8] & 0xff >> a->prefix % 8)
		return false;
	for (unsigned i = (a->prefix + 7u) / 8; i < sizeof(a->bytes); i++)
		if (a->bytes[i])
			return false;
	return true;
}

static bool nets_valid(const struct verb_nets *nets)
{
	static const struct addr none;

	if (nets->count > VERB_NETS_MAX)
		return false;
	for (unsigned i = 0; i < VERB_NETS_MAX; i++)
		if (i < nets->count ? !addr_valid(&nets->list[i]) : memcmp(&nets->list[i], &none, sizeof(none)) != 0)
			return false;
	return true;
}

bool verb_prefix_is_common(const struct addr *a)
{
	return a->family == 4 ? a->prefix == 32 || a->prefix == 24 : a->prefix == 128 || a->prefix == 64;
}

/* What only a verb that shuts somebody out must not do. */
static enum err check_shut_out(const struct addr *a, char why[VERB_WHY_MAX])
{
	char text[ADDR_TEXT_MAX];
	const char *what = NULL;

	/* Networks in which each device lives itself (RFC 6890). */
	if (addr_is_special(a))
		what = "is loopback, multicast, broadcast or unspecified: no device shuts it out";
	else if (a->prefix < (a->family == 4 ? VERB_PREFIX4_MIN : VERB_PREFIX6_MIN))
		what = "is too wide: IPv4 /8 and IPv6 /32 are the widest";
	return what ? bad(ERR_PROTECTED, why, addr_text(a, text), what) : ERR_OK;
}

static enum err check_seconds(const struct verb_args *args, const struct verb_param *p, char why[VERB_WHY_MAX])
{
	uint64_t seconds = number_of(args, p);

	if (p->tag == VERB_LEASE)
		return seconds >= VERB_LEASE_MIN_S && seconds <= VERB_DURATION_MAX_S
			       ? ERR_OK
			       : bad(ERR_INVALID, why, p->name, "is from 300 s to 30 days");
	if (seconds == VERB_FOREVER && !verb_row(args->verb)->lasting)
		return bad(ERR_INVALID, why, verb_name(args->verb), "has to end: 30 days is the longest");
	return seconds <= VERB_DURATION_MAX_S || seconds == VERB_FOREVER
		       ? ERR_OK
		       : bad(ERR_INVALID, why, p->name, "is at most 30 days");
}

/* A name is shown; a path, which is long, and a hash, which is nobody's to read, are not. */
static enum err check_text(const struct verb_args *args, const struct verb_param *p, char why[VERB_WHY_MAX])
{
	size_t size = verb_text_size(p->type);
	bool is_name = p->type == VERB_TYPE_ACCOUNT || p->type == VERB_TYPE_NAME;
	char shown[VERB_NAME_MAX + 1];

	if (verb_text_valid(p->type, place(args, p)))
		return ERR_OK;
	str_show((struct str){place(args, p), strnlen(place(args, p), size)}, shown, sizeof(shown));
	return bad(ERR_INVALID, why, is_name ? shown : p->name, verb_text_rule(p->type));
}

static enum err check_value(const struct verb_args *args, const struct verb_param *p, char why[VERB_WHY_MAX])
{
	switch (p->type) {
	case VERB_TYPE_ADDR:
		return addr_valid(place(args, p)) ? ERR_OK : bad(ERR_INVALID, why, p->name, "is not an address");
	case VERB_TYPE_NETS:
		return nets_valid(place(args, p)) ? ERR_OK
						  : bad(ERR_INVALID, why, p->name, "is not a list of networks");
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: return check_text(args, p, why);
	case VERB_TYPE_SECONDS: return check_seconds(args, p, why);
	case VERB_TYPE_PID:
		return *(const int32_t *)place(args, p) > 0 ? ERR_OK
							    : bad(ERR_INVALID, why, p->name, "is not positive");
	case VERB_TYPE_FLAG:
		return number_of(args, p) <= 1 ? ERR_OK : bad(ERR_INVALID, why, p->name, "is neither 0 nor 1");
	case VERB_TYPE_COUNT:
		return p->tag != VERB_RATE || number_of(args, p) <= VERB_RATE_MAX
			       ? ERR_OK
			       : bad(ERR_INVALID, why, p->name, "is at most 1000000 packets a second");
	default: return ERR_OK;
	}
}

static size_t size_of(const struct verb_param *p)
{
	static const size_t sizes[] = {
		[VERB_TYPE_ADDR] = sizeof(struct addr),
		[VERB_TYPE_NETS] = sizeof(struct verb_nets),
		[VERB_TYPE_SECONDS] = 4,
		[VERB_TYPE_PID] = 4,
		[VERB_TYPE_COUNT] = 8,
		[VERB_TYPE_FLAG] = 1,
	};

	return verb_text_size(p->type) ? verb_text_size(p->type) : sizes[p->type];
}

/* A value of zeros alone is one that nobody gave. */
static bool all_zero(const struct verb_args *args, const struct verb_param *p)
{
	static const uint8_t zero[VERB_PATH_MAX];

	_Static_assert(sizeof(struct verb_nets) <= VERB_PATH_MAX, "the largest value");

	return memcmp(place(args, p), zero, size_of(p)) == 0;
}

void verb_args_purge(struct verb_args *args)
{
	char unheard[VERB_WHY_MAX];

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);

		if (!verb_takes(args->verb, tag) || (!all_zero(args, p) && check_value(args, p, unheard) != ERR_OK))
			memset(target(args, p), 0, size_of(p));
	}
}

void verb_args_veil(struct verb_args *args)
{
	bool given = args->hash[0];

	memset(args->hash, 0, sizeof(args->hash));
	if (given)
		memcpy(args->hash, VERB_TEXT_VEILED, sizeof(VERB_TEXT_VEILED));
}

/* "cut needs one of addr, account, pid." */
static enum err check_one_of(const struct verb_args *args, const struct verb_row *row, char why[VERB_WHY_MAX])
{
	struct buf b = buf_over(why, VERB_WHY_MAX - 1);
	unsigned given = 0;

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++)
		given += (row->one_of & VERB_PARAM(tag)) && verb_arg_given(args, verb_param(tag));
	if (given == 1 || !row->one_of)
		return ERR_OK;
	buf_printf(&b, "%s needs one of ", row->name);
	for (unsigned tag = 1, listed = 0; tag < VERB_PARAM_MAX; tag++)
		if (row->one_of & VERB_PARAM(tag))
			buf_printf(&b, "%s%s", listed++ ? ", " : "", verb_param(tag)->name);
	buf_text(&b, given ? ", not several." : ".");
	why[b.len] = '\0';
	return ERR_INVALID;
}

static enum err check_params(const struct verb_args *args, const struct verb_row *row, char why[VERB_WHY_MAX])
{
	enum err err = ERR_OK;

	for (unsigned tag = 1; tag < VERB_PARAM_MAX && err == ERR_OK; tag++) {
		const struct verb_param *p = verb_param(tag);

		if (!all_zero(args, p) && !verb_takes(row->number, tag)) {
			snprintf(why, VERB_WHY_MAX, "%s takes no %s.", row->name, p->name);
			return ERR_INVALID;
		}
		if (!verb_arg_given(args, p) && (row->needs & VERB_PARAM(tag))) {
			snprintf(why, VERB_WHY_MAX, "%s needs %s.", row->name, p->name);
			return ERR_INVALID;
		}
		if (!all_zero(args, p))
			err = check_value(args, p, why);
	}
	return err;
}

enum err verb_args_check(const struct verb_args *args, char why[VERB_WHY_MAX])
{
	const struct verb_row *row = verb_row(args->verb);
	char unheard[VERB_WHY_MAX];
	enum err err;

	if (!why)
		why = unheard;
	if (!row) {
		struct buf b = buf_over(why, VERB_WHY_MAX - 1);

		buf_printf(&b, "There is no verb %u; try ", (unsigned)args->verb);
		verb_list(&b, false);
		buf_char(&b, '.');
		why[b.len] = '\0';
		return ERR_UNSUPPORTED;
	}
	err = check_params(args, row, why);
	if (err == ERR_OK)
		err = check_one_of(args, row, why);
	if (err == ERR_OK && args->start_ticks && !args->pid)
		err = bad(ERR_INVALID, why, "start_ticks", "is of a pid, and none is named");
	if (err == ERR_OK && args->hash[0] && !args->account[0])
		err = bad(ERR_INVALID, why, "hash", "is of an account, and none is named");
	if (err == ERR_OK && row->class != VERB_HARMLESS && args->addr.family)
		err = check_shut_out(&args->addr, why);
	if (err == ERR_OK && row->class != VERB_HARMLESS && args->pid == 1)
		err = bad(ERR_PROTECTED, why, "Process 1", "is never touched");
	return err;
}

bool verb_args_valid(const struct verb_args *args)
{
	return verb_args_check(args, NULL) == ERR_OK;
}

bool verb_same_what(const struct verb_args *a, const struct verb_args *b)
{
	const struct verb_param *what = verb_what(a);
	char first[VERB_BYTES_MAX], second[VERB_BYTES_MAX];
	struct buf x = buf_over(first, sizeof(first)), y = buf_over(second, sizeof(second));

	if (verb_what(b) != what)
		return false;
	if (!what)
		return true;
	verb_arg_put(&x, a, what);
	verb_arg_put(&y, b, what);
	return str_equal(buf_str(&x), buf_str(&y));
}
