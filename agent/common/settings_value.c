/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the values of the guard's keys: text becomes one member of the settings, or a phrase that says what is wrong.
 */
#include "agent/common/settings_value.h"

#include "agent/base/addr.h"
#include "agent/base/now.h"
#include "agent/common/file_pattern.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_MAX_US (7 * 24 * HOUR_US)
#define DURATION_MAX_US (366 * 24 * HOUR_US)
#define SHOWN_MAX 40 /* bytes of a value that a message shows */

_Static_assert(SETTINGS_STEPS_MAX == 4 && SETTINGS_PATH_MAX == 256 && SETTINGS_NAME_MAX * 4 == 256,
	       "the messages below state these limits");

/* Write "'VALUE' " and the phrase as the reason. Returns an error. */
static enum err not_a(struct settings_value *v, struct str part, const char *phrase)
{
	char shown[SHOWN_MAX + 1];

	str_show(part, shown, sizeof(shown));
	snprintf(v->why, sizeof(v->why), "'%s%s' %s", shown, part.len > SHOWN_MAX ? "..." : "", phrase);
	return ERR_INVALID;
}

static bool path_valid(struct str path)
{
	/* Control bytes and backslashes have a special meaning in messages and in INI text. */
	for (size_t i = 0; i < path.len; i++)
		if ((uint8_t)path.data[i] < 0x20 || path.data[i] == 0x7f || path.data[i] == '\\')
			return false;
	return path.len >= 2 && path.data[0] == '/' && str_find(path, STR("/../")) == SIZE_MAX &&
	       !str_ends(path, STR("/..")) && !str_ends(path, STR("/"));
}

enum err settings_value_path(struct settings_value *v)
{
	if (!path_valid(v->text))
		return not_a(v, v->text, "is not an absolute path without '..' and a final '/'");
	if (str_copy(v->text, v->target, v->size) != ERR_OK)
		return not_a(v, v->text, "is longer than 255 bytes");
	return ERR_OK;
}

enum err settings_value_path_or_none(struct settings_value *v)
{
	if (!str_empty(v->text))
		return settings_value_path(v);
	*(char *)v->target = '\0';
	return ERR_OK;
}

/* Whether a name is a portable user name (POSIX.1-2017 3.437), which does not begin with a hyphen. */
static bool name_valid(struct str name)
{
	if (str_empty(name) || name.len >= VERB_ACCOUNT_MAX || name.data[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '.' || c == '-' || (c == '$' && i == name.len - 1)))
			return false;
	}
	return true;
}

enum err settings_value_name(struct settings_value *v)
{
	if (!name_valid(v->text) || str_copy(v->text, v->target, v->size) != ERR_OK)
		return not_a(v, v->text, "is not a user name");
	return ERR_OK;
}

enum err settings_value_bool(struct settings_value *v)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal_fold(v->text, str_from(words[i]))) {
			*(bool *)v->target = i % 2 == 1;
			return ERR_OK;
		}
	return not_a(v, v->text, "is neither yes nor no");
}

static enum err store_in_range(struct settings_value *v, enum err err, uint64_t number, const char *kind)
{
	char phrase[64];

	if (err == ERR_OK && number >= v->min && number <= v->max) {
		*(uint32_t *)v->target = (uint32_t)number;
		return ERR_OK;
	}
	snprintf(phrase, sizeof(phrase), "is not a %s from %u to %u", kind, v->min, v->max);
	return not_a(v, v->text, phrase);
}

enum err settings_value_number(struct settings_value *v)
{
	uint64_t number = 0;
	enum err err = str_number(v->text, UINT32_MAX, &number);

	return store_in_range(v, err, number, "number");
}

enum err settings_value_bytes(struct settings_value *v)
{
	struct str digits = v->text;
	uint64_t number = 0, unit = 1;
	enum err err;

	if (str_take_back(&digits, STR("K")))
		unit = 1u << 10;
	else if (str_take_back(&digits, STR("M")))
		unit = 1u << 20;
	err = str_number(digits, UINT32_MAX, &number);
	return store_in_range(v, err, number * unit, "size (bytes, or with K or M)");
}

/* The microseconds of a unit; 0: there is no such unit. */
static int64_t unit_us(struct str unit)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
		{"", SECOND_US}, {"s", SECOND_US}, {"ms", MS_US}, {"m", MINUTE_US}, {"h", HOUR_US}, {"d", 24 * HOUR_US},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_equal(unit, str_from(units[i].name)))
			return units[i].us;
	return 0;
}

enum err settings_duration(struct str text, int64_t *out_us)
{
	size_t digits = 0;
	uint64_t number;
	int64_t unit;

	*out_us = 0;
	while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
		digits++;
	unit = unit_us(str_trim(str_sub(text, digits, SIZE_MAX)));
	if (unit == 0 || str_number(str_sub(text, 0, digits), INT64_MAX, &number) != ERR_OK)
		return ERR_INVALID;
	if (number > (uint64_t)(DURATION_MAX_US / unit))
		return ERR_TOO_LONG;
	*out_us = (int64_t)number * unit;
	return ERR_OK;
}

enum err settings_value_seconds(struct settings_value *v)
{
	int64_t us = 0;
	enum err err = settings_duration(v->text, &us);

	return store_in_range(v, err, (uint64_t)(us / SECOND_US), "time (90s, 10m, 2h, 1d) in seconds");
}

enum err settings_value_window(struct settings_value *v)
{
	int64_t us = 0;

	if (settings_duration(v->text, &us) != ERR_OK || us < SECOND_US || us > WINDOW_MAX_US)
		return not_a(v, v->text, "is not a time (90s, 10m, 2h, 1d) from 1s to 7d");
	*(int64_t *)v->target = us;
	return ERR_OK;
}

enum err settings_value_mode(struct settings_value *v)
{
	bool enforce = str_equal(v->text, STR("enforce"));

	if (!enforce && !str_equal(v->text, STR("observe")))
		return not_a(v, v->text, "is neither observe nor enforce");
	*(uint8_t *)v->target = enforce ? MODE_ENFORCE : MODE_OBSERVE;
	return ERR_OK;
}

/* `names` is ended by NULL. */
static enum err one_of(struct settings_value *v, const char *const names[], const char *why)
{
	for (uint8_t i = 0; names[i]; i++)
		if (str_equal(v->text, str_from(names[i]))) {
			*(uint8_t *)v->target = i;
			return ERR_OK;
		}
	return not_a(v, v->text, why);
}

enum err settings_value_watch(struct settings_value *v)
{
	static const char *const names[] = {"auto", "bpf", "audit", "connector", "poll", NULL};

	return one_of(v, names, "is none of auto, bpf, audit, connector and poll");
}

enum err settings_value_network(struct settings_value *v)
{
	static const char *const names[] = {"auto", "bpf", "conntrack", "none", NULL};

	return one_of(v, names, "is none of auto, bpf, conntrack and none");
}

enum err settings_value_prefix6(struct settings_value *v)
{
	bool wide = str_equal(v->text, STR("64"));

	if (!wide && !str_equal(v->text, STR("128")))
		return not_a(v, v->text, "is neither 64 nor 128");
	*(uint8_t *)v->target = wide ? 64 : 128;
	return ERR_OK;
}

/* Take the next element of a list. False: there are no more. */
static bool next(struct str *list, struct str *element)
{
	size_t len = 0;

	while (!str_empty(*list) && (list->data[0] == ',' || list->data[0] == ' ' || list->data[0] == '\t'))
		*list = str_sub(*list, 1, SIZE_MAX);
	while (len < list->len && list->data[len] != ',' && list->data[len] != ' ' && list->data[len] != '\t')
		len++;
	*element = str_sub(*list, 0, len);
	*list = str_sub(*list, len, SIZE_MAX);
	return len > 0;
}

static enum err no_step(struct settings_value *v, struct str part)
{
	char phrase[96];
	struct buf b = buf_over(phrase, sizeof(phrase) - 1);

	buf_text(&b, "is not a step; the steps are ");
	verb_list(&b, true);
	phrase[b.len] = '\0';
	return not_a(v, part, phrase);
}

enum err settings_value_steps(struct settings_value *v)
{
	uint16_t steps[SETTINGS_STEPS_MAX] = {VERB_NONE};
	struct str list = v->text, part;
	unsigned count = 0;
	char name[16];

	while (next(&list, &part)) {
		uint16_t verb = str_copy(part, name, sizeof(name)) == ERR_OK ? verb_number(name) : VERB_NONE;

		if (verb == VERB_NONE || !verb_row(verb)->step)
			return no_step(v, part);
		if (count == SETTINGS_STEPS_MAX)
			return not_a(v, part, "does not fit: a rule has at most four steps");
		steps[count++] = verb;
	}
	memcpy(v->target, steps, sizeof(steps));
	return ERR_OK;
}

/* Where the list's next element goes; NULL: the list is full. */
static void *extend(struct settings_value *v, size_t element_size)
{
	unsigned *count = v->second;

	if ((*count + 1) * element_size > v->size)
		return NULL;
	return (char *)v->target + (*count)++ * element_size;
}

static enum err full(struct settings_value *v, struct str part)
{
	(void)not_a(v, part, "does not fit: the list is full");
	return ERR_FULL;
}

enum err settings_value_files(struct settings_value *v)
{
	struct str list = v->text, part;

	while (next(&list, &part)) {
		char *target;

		if (!path_valid(part) || part.len >= SETTINGS_PATH_MAX)
			return not_a(v, part, "is not an absolute path without '..' and a final '/'");
		if (file_pattern_wrong(part))
			return not_a(v, part, "may have '*' and '?' in its last part only, and no '['");
		target = extend(v, SETTINGS_PATH_MAX);
		if (!target)
			return full(v, part);
		str_show(part, target, SETTINGS_PATH_MAX);
	}
	return ERR_OK;
}

/*
 * Whether a DNS name can be a host's (RFC 1123 2.1): parts of up to 63 letters, digits and inner hyphens, the last one
 * not of digits only, so that a misspelt address is none.
 */
static bool is_host_name(struct str name)
{
	bool digits = true;

	if (name.len >= SETTINGS_HOST_MAX)
		return false;
	(void)str_take_back(&name, STR("."));
	if (str_ends(name, STR(".")))
		return false;
	do {
		struct str part = str_cut(&name, '.');

		digits = true;
		if (str_empty(part) || part.len > 63 || part.data[0] == '-' || part.data[part.len - 1] == '-')
			return false;
		for (size_t i = 0; i < part.len; i++) {
			char c = part.data[i];
			bool digit = c >= '0' && c <= '9';

			if (!digit && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-' && c != '_')
				return false;
			digits = digits && digit;
		}
	} while (!str_empty(name));
	return !digits;
}

static enum err add_name(struct settings_value *v, struct str name)
{
	if (!IS_ENABLED(CONFIG_NEVER_BAN_NAMES))
		return not_a(v, name, "is a name: this build does not have NEVER_BAN_NAMES");
	if (*v->name_count == SETTINGS_NEVER_BAN_NAMES_MAX) {
		snprintf(v->why, sizeof(v->why), "there are more than %d names", SETTINGS_NEVER_BAN_NAMES_MAX);
		return ERR_FULL;
	}
	str_show(name, v->names[(*v->name_count)++], SETTINGS_HOST_MAX);
	return ERR_OK;
}

/* Networks between NAT64's own and half of it would stand for all of IPv4. */
static bool is_all_of_nat64(const struct addr *net)
{
	return net->prefix >= 32 && addr_holds_nat64(net);
}

enum err settings_value_never_ban(struct settings_value *v)
{
	struct str list = v->text, part;

	while (next(&list, &part)) {
		struct addr net, *target;
		enum err err;

		if (addr_parse_prefix(part, &net) != ERR_OK) {
			if (!is_host_name(part))
				return not_a(v, part, "is no address, no address/bits and no DNS name");
			err = add_name(v, part);
			if (err != ERR_OK)
				return err;
			continue;
		}
		if (is_all_of_nat64(&net))
			return not_a(v, part, "is all of IPv4, as NAT64 carries it: name IPv4 networks");
		target = extend(v, sizeof(*target));
		if (!target)
			return full(v, part);
		*target = net;
	}
	return ERR_OK;
}

enum err settings_value_networks(struct settings_value *v)
{
	struct str list = v->text, part;

	while (next(&list, &part)) {
		struct addr net, *target;

		if (addr_parse_prefix(part, &net) != ERR_OK)
			return not_a(v, part, "is neither an address nor address/bits");
		target = extend(v, sizeof(*target));
		if (!target)
			return full(v, part);
		*target = net;
	}
	return ERR_OK;
}

enum err settings_value_accounts(struct settings_value *v)
{
	struct str list = v->text, part;

	while (next(&list, &part)) {
		char *target;

		if (!name_valid(part))
			return not_a(v, part, "is not a user name");
		target = extend(v, VERB_ACCOUNT_MAX);
		if (!target)
			return full(v, part);
		str_show(part, target, VERB_ACCOUNT_MAX);
	}
	return ERR_OK;
}

enum err settings_value_ports(struct settings_value *v)
{
	struct str list = v->text, part;

	while (next(&list, &part)) {
		uint16_t *target;
		uint64_t port;

		if (str_number(part, UINT16_MAX, &port) != ERR_OK || port == 0)
			return not_a(v, part, "is not a port from 1 to 65535");
		target = extend(v, sizeof(*target));
		if (!target)
			return full(v, part);
		*target = (uint16_t)port;
	}
	return ERR_OK;
}

enum err settings_value_access(struct settings_value *v)
{
	static struct access_format format; /* only looked at for errors */
	struct str text = v->text, path = str_cut(&text, ' ');
	struct settings_access *target = v->target;
	char why[ACCESS_WHY_MAX];

	if (str_empty(v->text))
		return ERR_OK;
	if (!path_valid(path) || path.len >= SETTINGS_PATH_MAX)
		return not_a(v, path, "is not an absolute path without '..' and a final '/'");
	text = str_trim(text);
	if (text.len >= ACCESS_FORMAT_MAX)
		return not_a(v, text, "is longer than 511 bytes");
	if (IS_ENABLED(CONFIG_ACCESS_LOGS) && access_format_read(text, &format, why) != ERR_OK)
		return not_a(v, text, why);
	for (unsigned i = 0; i < *(unsigned *)v->second; i++, target++)
		if (str_equal(path, str_from(target->file)))
			break;
	if (target == (struct settings_access *)v->target + *(unsigned *)v->second &&
	    !(target = extend(v, sizeof(*target))))
		return full(v, path);
	str_show(path, target->file, sizeof(target->file));
	str_show(text, target->format, sizeof(target->format));
	return ERR_OK;
}

/* Whether a host has only bytes that names and addresses can have: letters, digits, '-', '.', '_', ':'. */
static bool host_valid(struct str host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
		      c == '.' || c == ':' || c == '_'))
			return false;
	}
	return !str_empty(host);
}

enum err settings_value_server(struct settings_value *v)
{
	struct str port = v->text, host;
	struct addr address;
	uint64_t number = 8443;

	if (str_take(&port, STR("["))) {
		bool closed = str_find_byte(port, ']') != SIZE_MAX;

		host = str_cut(&port, ']');
		if (!closed || addr_parse(host, &address) != ERR_OK || (!str_empty(port) && !str_take(&port, STR(":"))))
			return not_a(v, v->text, "does not have the form [address]:port");
	} else if (addr_parse(v->text, &address) == ERR_OK) {
		host = v->text;
		port = STR_NONE;
	} else {
		host = str_cut(&port, ':');
	}
	if (!str_empty(v->text) && !host_valid(host))
		return not_a(v, v->text, "does not have the form host, host:port or [address]:port");
	if (!str_empty(port) && (str_number(port, UINT16_MAX, &number) != ERR_OK || number == 0))
		return not_a(v, port, "is not a port from 1 to 65535");
	if (str_copy(host, v->target, v->size) != ERR_OK)
		return not_a(v, host, "is longer than 255 bytes");
	*(uint16_t *)v->second = (uint16_t)number;
	return ERR_OK;
}
