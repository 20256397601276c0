/* SPDX-License-Identifier: Apache-2.0 */
/* Reads server.conf by one table of keys. Says file, line and key of what is wrong; never guesses. */
#include "server-stub/fleet/fleet_conf.h"

#include "agent/base/addr.h"
#include "agent/base/ini.h"
#include "agent/base/say.h"
#include "server-stub/fleet/fleet_file.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MEGABYTE (1u << 20)

enum kind { LEVEL, TEXT, LISTEN, NAMES, NETS, PORTS, NUMBER, BYTES, FLAG };

static const struct row {
	const char *section, *key;
	enum kind kind;
	size_t offset, size; /* of the member */
	uint64_t min, max;
} rows[] = {
#define MEMBER(member) offsetof(struct fleet_conf, member), sizeof(((struct fleet_conf *)0)->member)
	{"server", "user", TEXT, MEMBER(user), 0, 0},
	{"server", "names", NAMES, MEMBER(names), 0, 0},
	{"server", "log_level", LEVEL, MEMBER(log_level), 0, 0},
	{"server", "drain_seconds", NUMBER, MEMBER(drain_seconds), 0, 60},
	{"gateway", "listen", LISTEN, MEMBER(gateway_listen), 0, 0},
	{"gateway", "loops", NUMBER, MEMBER(loops), 0, FLEET_CONF_LOOPS_MAX},
	{"gateway", "connections_max", NUMBER, MEMBER(connections_max), 1, 1000000},
	{"gateway", "address_half_open_max", NUMBER, MEMBER(address_half_open_max), 1, 1000000},
	{"gateway", "grace_days", NUMBER, MEMBER(grace_days), 0, 3650},
	{"api", "listen", LISTEN, MEMBER(api_listen), 0, 0},
	{"api", "certificate", TEXT, MEMBER(api_certificate), 0, 0},
	{"api", "key", TEXT, MEMBER(api_key), 0, 0},
	{"api", "second_factor", FLAG, MEMBER(second_factor), 0, 0},
	{"devices", "cert_days", NUMBER, MEMBER(cert_days), 1, 3650},
	{"devices", "silent_seconds", NUMBER, MEMBER(silent_seconds), 0, 31536000},
	{"crowd", "devices", NUMBER, MEMBER(crowd_devices), 2, 8},
	{"crowd", "window_seconds", NUMBER, MEMBER(crowd_window_s), 60, 86400},
	{"crowd", "ban_seconds", NUMBER, MEMBER(crowd_ban_s), 0, 2592000},
	{"retention", "days", NUMBER, MEMBER(retention_days), 0, 36500},
	{"retention", "low_days", NUMBER, MEMBER(retention_low_days), 0, 36500},
	{"retention", "bytes", BYTES, MEMBER(retention_bytes), FLEET_CONF_STORE_MIN, UINT64_MAX >> 1},
	{"alerts", "ca", TEXT, MEMBER(alert_ca), 0, 0},
	{"alerts", "allow", NETS, MEMBER(alert_allow), 0, 0},
	{"alerts", "ports", PORTS, MEMBER(alert_ports), 0, 0},
	{"sso", "issuer", TEXT, MEMBER(sso_issuer), 0, 0},
	{"sso", "name", TEXT, MEMBER(sso_name), 0, 0},
	{"sso", "client_id", TEXT, MEMBER(sso_client), 0, 0},
	{"sso", "client_secret_file", TEXT, MEMBER(sso_secret_file), 0, 0},
	{"sso", "url", TEXT, MEMBER(sso_url), 0, 0},
	{"sso", "scopes", TEXT, MEMBER(sso_scope), 0, 0},
	{"sso", "groups_claim", TEXT, MEMBER(sso_claim), 0, 0},
	{"sso", "admin", TEXT, MEMBER(sso_admin), 0, 0},
	{"sso", "responder", TEXT, MEMBER(sso_responder), 0, 0},
	{"sso", "auditor", TEXT, MEMBER(sso_auditor), 0, 0},
	{"sso", "viewer", TEXT, MEMBER(sso_viewer), 0, 0},
	{"sso", "trusted_amr", TEXT, MEMBER(sso_amr), 0, 0},
	{"sso", "trusted_acr", TEXT, MEMBER(sso_acr), 0, 0},
	{"sso", "ca", TEXT, MEMBER(sso_ca), 0, 0},
	{"objects", "device_bytes", BYTES, MEMBER(object_bytes), 0, UINT64_MAX >> 1},
#undef MEMBER
};

void fleet_conf_init(struct fleet_conf *conf)
{
	*conf = (struct fleet_conf){
		.log_level = SAY_INFO,
		.gateway_listen = "[::]:8443",
		.connections_max = 16000,
		.address_half_open_max = 1024,
		.grace_days = 30,
		.api_listen = "127.0.0.1:8444",
		.api_certificate = "server.pem",
		.api_key = "server_key.pem",
		.second_factor = true,
		.cert_days = 14,
		.silent_seconds = 900,
		.crowd_devices = 3,
		.crowd_window_s = 3600,
		.crowd_ban_s = 3600,
		.retention_days = 90,
		.retention_bytes = UINT64_C(10) << 30,
		.sso_scope = "profile",
		.sso_claim = "groups",
		.alert_port_count = 4,
		.alert_ports = {25, 443, 465, 587},
		.object_bytes = UINT64_C(64) << 20,
	};
}

enum err fleet_conf_address(const char *text, struct fleet_conf_address *out)
{
	struct str all = str_trim(str_from(text)), host;
	size_t colon = str_find_back(all, STR(":"));
	struct addr addr;
	uint64_t port;

	memset(out, 0, sizeof(*out));
	if (colon == SIZE_MAX)
		return ERR_INVALID;
	host = str_sub(all, 0, colon);
	if (str_take(&host, STR("[")) != str_take_back(&host, STR("]")))
		return ERR_INVALID;
	if (addr_parse(host, &addr) != ERR_OK && !str_equal(host, STR("::")) && !str_equal(host, STR("0.0.0.0")))
		return ERR_INVALID;
	if (str_number(str_sub(all, colon + 1, SIZE_MAX), UINT16_MAX, &port) != ERR_OK)
		return ERR_INVALID;
	out->port = (uint16_t)port;
	return str_copy(host, out->host, sizeof(out->host));
}

static enum err wrong(struct ini_error *error, struct str key, const char *what)
{
	snprintf(error->text, sizeof(error->text), "%.*s: %s", (int)(key.len > 40 ? 40 : key.len), key.data, what);
	return ERR_INVALID;
}

bool fleet_conf_name_fits(struct str name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:_";

	for (size_t i = 0; i < name.len; i++)
		if (!name.data[i] || !strchr(letters, name.data[i]))
			return false;
	return name.len > 0 && name.len < FLEET_CONF_TEXT_MAX;
}

static enum err set_names(struct fleet_conf *conf, struct str value)
{
	conf->name_count = 0;
	while (!str_empty(value)) {
		struct str name = str_trim(str_cut(&value, ' '));

		if (str_empty(name))
			continue;
		if (conf->name_count == FLEET_CONF_NAMES_MAX)
			return ERR_FULL;
		if (!fleet_conf_name_fits(name) ||
		    str_copy(name, conf->names[conf->name_count++], FLEET_CONF_TEXT_MAX) != ERR_OK)
			return ERR_INVALID;
	}
	return ERR_OK;
}

static enum err set_nets(struct fleet_conf *conf, struct str value)
{
	conf->alert_allow_count = 0;
	while (!str_empty(value)) {
		struct str net = str_trim(str_cut(&value, ' '));

		if (str_empty(net))
			continue;
		if (conf->alert_allow_count == FLEET_CONF_ALERTS_MAX)
			return ERR_FULL;
		if (addr_parse_prefix(net, &conf->alert_allow[conf->alert_allow_count++]) != ERR_OK)
			return ERR_INVALID;
	}
	return ERR_OK;
}

static enum err set_ports(struct fleet_conf *conf, struct str value)
{
	conf->alert_port_count = 0;
	while (!str_empty(value)) {
		struct str port = str_trim(str_cut(&value, ' '));
		uint64_t number;

		if (str_empty(port))
			continue;
		if (conf->alert_port_count == FLEET_CONF_ALERTS_MAX)
			return ERR_FULL;
		if (str_number(port, UINT16_MAX, &number) != ERR_OK || number == 0)
			return ERR_INVALID;
		conf->alert_ports[conf->alert_port_count++] = (uint16_t)number;
	}
	return ERR_OK;
}

/* 10G, 500M, 4096 */
static enum err read_bytes(struct str value, uint64_t max, uint64_t *out)
{
	static const char units[] = "KMGT";
	const char *unit = value.len > 0 ? strchr(units, value.data[value.len - 1]) : NULL;
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	enum err err;

	if (shift)
		value = str_trim(str_sub(value, 0, value.len - 1));
	err = str_number(value, max >> shift, out);
	*out <<= shift;
	return err;
}

static enum err set_number(const struct row *row, char *at, struct str value)
{
	uint64_t number;
	uint32_t narrow;
	enum err err = row->kind == BYTES ? read_bytes(value, row->max, &number) : str_number(value, row->max, &number);

	if (err != ERR_OK || (number < row->min && (row->kind != BYTES || number != 0)))
		return ERR_INVALID;
	narrow = (uint32_t)number;
	if (row->size == sizeof(narrow))
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &number, sizeof(number));
	return ERR_OK;
}

/*
 * Earlier versions took any bound. From a megabyte on it is meant, and becomes the least that there is; ten bytes,
 * where ten of something was meant, would remove all that there is.
 */
static enum err set_bytes(const struct row *row, struct fleet_conf *conf, struct str value)
{
	char *at = (char *)conf + row->offset;
	uint64_t number;

	if (at == (char *)&conf->retention_bytes && read_bytes(value, row->max, &number) == ERR_OK &&
	    number >= MEGABYTE && number < row->min) {
		conf->retention_bytes = row->min;
		conf->retention_raised = true;
		return ERR_OK;
	}
	return set_number(row, at, value);
}

static enum err set_level(struct fleet_conf *conf, struct str value)
{
	static const struct {
		const char *name;
		enum say_level level;
	} levels[] = {
		{"error", SAY_ERR}, {"warning", SAY_WARNING}, {"notice", SAY_NOTICE},
		{"info", SAY_INFO}, {"debug", SAY_DEBUG},
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_equal(value, str_from(levels[i].name))) {
			conf->log_level = levels[i].level;
			return ERR_OK;
		}
	return ERR_INVALID;
}

static enum err set_row(const struct row *row, struct fleet_conf *conf, struct str value, struct ini_error *error)
{
	char *at = (char *)conf + row->offset;
	struct str key = str_from(row->key);
	struct fleet_conf_address address;
	char text[80];

	switch (row->kind) {
	case NAMES:
		return set_names(conf, value) == ERR_OK
			       ? ERR_OK
			       : wrong(error, key,
				       "wants at most 16 names or addresses, such as fleet.example, and no pattern");
	case NETS:
		return set_nets(conf, value) == ERR_OK
			       ? ERR_OK
			       : wrong(error, key,
				       "wants at most 16 addresses or networks, such as 10.1.2.3 or fd00::/8");
	case PORTS:
		return set_ports(conf, value) == ERR_OK ? ERR_OK
							: wrong(error, key, "wants at most 16 numbers of ports");
	case LEVEL:
		return set_level(conf, value) == ERR_OK
			       ? ERR_OK
			       : wrong(error, key, "wants one of error, warning, notice, info and debug");
	case TEXT: return str_copy(value, at, row->size) == ERR_OK ? ERR_OK : wrong(error, key, "is too long");
	case LISTEN:
		if (str_copy(value, at, row->size) != ERR_OK || fleet_conf_address(at, &address) != ERR_OK)
			return wrong(error, key, "wants an address and a port, such as 0.0.0.0:8443 or [::]:8443");
		return ERR_OK;
	case FLAG:
		if (!str_equal(value, STR("yes")) && !str_equal(value, STR("no")))
			return wrong(error, key, "wants yes or no");
		*at = str_equal(value, STR("yes"));
		return ERR_OK;
	case BYTES:
		snprintf(text, sizeof(text), "wants a number of bytes from %lluM on, such as 500M or 10G, or 0",
			 (unsigned long long)row->min >> 20);
		return set_bytes(row, conf, value) == ERR_OK ? ERR_OK : wrong(error, key, text);
	default:
		snprintf(text, sizeof(text), "wants a number from %llu to %llu", (unsigned long long)row->min,
			 (unsigned long long)row->max);
		return set_number(row, at, value) == ERR_OK ? ERR_OK : wrong(error, key, text);
	}
}

static enum err on_key(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_equal(section, str_from(rows[i].section)))
			continue;
		known = true;
		if (str_equal(key, str_from(rows[i].key)))
			return set_row(&rows[i], context, value, error);
	}
	return wrong(error, known ? key : section,
		     known ? "there is no such key in this section" : "there is no such section");
}

enum err fleet_conf_read(struct str text, struct fleet_conf *conf, char error[FLEET_CONF_ERROR_MAX])
{
	struct ini_error where = {.line = 0};
	enum err err;

	fleet_conf_init(conf);
	err = ini_read(text, on_key, conf, &where);
	if (err != ERR_OK)
		snprintf(error, FLEET_CONF_ERROR_MAX, "line %u: %s", where.line, where.text);
	return err;
}

enum err fleet_conf_load(const char *dir, struct fleet_conf *conf, char error[FLEET_CONF_ERROR_MAX])
{
	const struct fleet_file file = {dir, "server.conf"};
	char text[INI_BYTES_MAX], why[FLEET_CONF_ERROR_MAX];
	size_t len;
	enum err err = fleet_file_read(file, text, sizeof(text), &len);

	if (err != ERR_OK) {
		snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s/server.conf: %s", dir, err_text(err));
		return err;
	}
	err = fleet_conf_read((struct str){text, len}, conf, why);
	if (err != ERR_OK)
		snprintf(error, FLEET_CONF_ERROR_MAX, "%.200s/server.conf, %.250s", dir, why);
	return err;
}
