/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Communities of SNMP that everybody knows, which are passwords that go over the network in the clear: snmpd.conf(5) of
 * net-snmp with its folder, mini-snmpd.conf, and the settings that OpenWrt makes either from. What only the device
 * itself can ask is no finding.
 */
#include "agent/actor/audit/audit.h"

#include <stdio.h>

static const struct audit_risk reads = {"snmp_community", SEV_HIGH, "use version 3 with a user, or another community"};
static const struct audit_risk writes = {"snmp_community", SEV_CRITICAL,
					 "use version 3 with a user, or another community"};

struct reading {
	bool local, others; /* net-snmp listens on the loopback device; and somewhere else */
	bool found[2];
};

static struct str take_word(struct str *rest)
{
	struct str word;

	*rest = str_trim(*rest);
	for (size_t i = 0; i < rest->len; i++)
		if (rest->data[i] == '\t' || rest->data[i] == ' ') {
			word = str_sub(*rest, 0, i);
			*rest = str_trim(str_sub(*rest, i, SIZE_MAX));
			return word;
		}
	word = *rest;
	*rest = STR_NONE;
	return word;
}

static struct str unquoted(struct str word)
{
	if (word.len >= 2 && (word.data[0] == '\'' || word.data[0] == '"') && word.data[word.len - 1] == word.data[0])
		return str_sub(word, 1, word.len - 2);
	return word;
}

static bool is_known(struct str community)
{
	return str_equal(community, STR("public")) || str_equal(community, STR("private")) ||
	       str_equal(community, STR("community")) || str_equal(community, STR("admin"));
}

static bool is_local(struct str place)
{
	return str_starts(place, STR("127.")) || str_starts(place, STR("localhost")) || str_equal(place, STR("::1"));
}

/* "[udp:]ADDRESS[:PORT],..." */
static bool listens_locally(struct str addresses)
{
	bool local = !str_empty(addresses);

	while (!str_empty(addresses)) {
		struct str address = str_trim(str_cut(&addresses, ','));

		(void)(str_take(&address, STR("udp:")) || str_take(&address, STR("tcp:")) ||
		       str_take(&address, STR("udp6:")) || str_take(&address, STR("tcp6:")));
		(void)str_take(&address, STR("["));
		local = local &&
			(is_local(address) || str_starts(address, STR("::1]")) || str_starts(address, STR("unix:")));
	}
	return local;
}

static void note(struct reading *r, struct str community, struct str place, bool writing)
{
	if (is_known(unquoted(community)) && !is_local(unquoted(place)))
		r->found[writing] = true;
}

static void read_line(struct reading *r, struct str line)
{
	struct str rest = line, word = take_word(&rest), second;

	if (str_equal_fold(word, STR("agentaddress"))) {
		r->local |= listens_locally(rest);
		r->others |= !listens_locally(rest);
	} else if (str_equal_fold(word, STR("rocommunity")) || str_equal_fold(word, STR("rocommunity6")) ||
		   str_equal_fold(word, STR("rwcommunity")) || str_equal_fold(word, STR("rwcommunity6"))) {
		second = take_word(&rest);
		note(r, second, take_word(&rest), word.data[1] == 'w' || word.data[1] == 'W');
	} else if (str_equal_fold(word, STR("com2sec")) || str_equal_fold(word, STR("com2sec6"))) {
		(void)take_word(&rest); /* the name that other lines give rights to */
		second = take_word(&rest);
		note(r, take_word(&rest), second, false);
	} else if (str_equal(word, STR("option")) && str_equal(take_word(&rest), STR("community"))) {
		note(r, take_word(&rest), STR_NONE, false);
	} else if (str_take(&line, STR("community"))) {
		line = str_trim(line);
		if (str_take(&line, STR("=")))
			note(r, str_trim(line), STR_NONE, false); /* of mini-snmpd */
	}
}

/* Read a file's lines. False: there is none. */
static bool read_file(struct audit *a, const char *path, struct reading *r)
{
	static char memory[AUDIT_FILE_MAX];
	struct str text;

	if (!audit_read(a, path, memory, &text))
		return false;
	while (!str_empty(text))
		read_line(r, str_cut(&text, '\n'));
	return true;
}

static void look_at(struct audit *a, const char *path, bool local)
{
	struct reading r = {.local = local};
	char object[SETTINGS_PATH_MAX + 1];

	if (!read_file(a, path, &r) || (!r.others && r.local) || (!r.found[0] && !r.found[1]))
		return;
	snprintf(object, sizeof(object), "/%s", path);
	audit_found(a, &(struct audit_finding){r.found[1] ? &writes : &reads, str_from(object)},
		    "whoever says a community that everybody knows may %s this device's settings",
		    r.found[1] ? "change" : "read");
}

/* Where the daemon listens, its own file says; those of its folder say more about whom it answers. */
static void look_at_folder(struct audit *a, const char *path, const char *folder)
{
	struct reading r = {.local = false};
	char file[SETTINGS_PATH_MAX + NAME_MAX + 2];
	static struct audit_names names;
	bool local = read_file(a, path, &r) && r.local && !r.others;

	look_at(a, path, false);
	audit_names_read(a, folder, &names);
	for (unsigned i = 0; i < names.count; i++) {
		snprintf(file, sizeof(file), "%s/%s", names.dir, names.names[i]);
		look_at(a, file, local);
	}
}

static void run(struct audit *a)
{
	static const char *const paths[] = {
		"etc/snmpd.conf",   "usr/local/etc/snmp/snmpd.conf", "etc/snmp/snmpd.local.conf", "etc/mini-snmpd.conf",
		"etc/config/snmpd", "etc/config/mini_snmpd",
	};

	look_at_folder(a, "etc/snmp/snmpd.conf", "etc/snmp/snmpd.conf.d/*.conf");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		look_at(a, paths[i], false);
}

const struct audit_check audit_snmp = {.name = "snmp", .run = run};
