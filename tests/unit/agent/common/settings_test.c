/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/settings.h"

#include "agent/base/now.h"
#include "agent/common/message.h"
#include "agent/common/settings_format.h"
#include "agent/common/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;

static void take(const char *text)
{
	struct ini_error error;

	assert_int_equal(settings_read(&settings, str_from(text), &error), ERR_OK);
}

static void refuse(const char *text, unsigned line, const char *message)
{
	static struct settings before;
	struct ini_error error;

	before = settings;
	assert_int_not_equal(settings_read(&settings, str_from(text), &error), ERR_OK);
	assert_int_equal(error.line, line);
	assert_string_equal(error.text, message);
	settings = before;
}

static int set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	return 0;
}

static void settings_default_is_a_guard_that_bans(void **state)
{
	struct ini_error error;

	(void)state;
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
	assert_string_equal(settings.state_dir, "/var/lib/caltrop");
	assert_int_equal(settings.mode, MODE_ENFORCE);
	assert_int_equal(settings.rules[RULE_BREACH].steps[0], VERB_BAN);
	assert_int_equal(settings.rules[RULE_BREACH].steps[1], VERB_NONE);
	assert_string_equal(settings.server_host, "");
}

static void settings_that_watch_what_this_build_cannot_are_refused(void **state)
{
	struct ini_error error;

	(void)state;
	settings.process = true;
	assert_int_equal(settings_check(&settings, &error),
			 IS_ENABLED(CONFIG_SOURCE_PROCESS) ? ERR_OK : ERR_UNSUPPORTED);
	settings.process = false;
	settings.network = true;
	assert_int_equal(settings_check(&settings, &error),
			 IS_ENABLED(CONFIG_SOURCE_SOCKET) ? ERR_OK : ERR_UNSUPPORTED);
	settings.network = false;
	settings.firewall = true;
	assert_int_equal(settings_check(&settings, &error),
			 IS_ENABLED(CONFIG_SOURCE_PACKET) ? ERR_OK : ERR_UNSUPPORTED);
	settings.firewall = false;
	settings.file_watch = true;
	assert_int_equal(settings_check(&settings, &error), IS_ENABLED(CONFIG_SOURCE_FILE) ? ERR_OK : ERR_UNSUPPORTED);
	settings.file_watch = false;
	settings.exposure = true;
	assert_int_equal(settings_check(&settings, &error),
			 IS_ENABLED(CONFIG_SOURCE_EXPOSURE) ? ERR_OK : ERR_UNSUPPORTED);
}

static void a_decoy_is_a_port(void **state)
{
	(void)state;
	take("[firewall]\nenabled = yes\nlog_group = 5\nrate = 100\ndecoy = 23, 2323\ndecoy = 5900\n");
	assert_true(settings.firewall);
	assert_int_equal(settings.firewall_group, 5);
	assert_int_equal(settings.firewall_rate, 100);
	assert_int_equal(settings.decoy_count, 3);
	assert_int_equal(settings.decoys[2], 5900);
	refuse("[firewall]\ndecoy = 23 0\n", 2, "[firewall] decoy: '0' is not a port from 1 to 65535");
	refuse("[firewall]\ndecoy = 65536\n", 2, "[firewall] decoy: '65536' is not a port from 1 to 65535");
	refuse("[firewall]\ndecoy = telnet\n", 2, "[firewall] decoy: 'telnet' is not a port from 1 to 65535");
	refuse("[firewall]\nlog_group = 0\n", 2, "[firewall] log_group: '0' is not a number from 1 to 65535");
	refuse("[firewall]\nrate = 1001\n", 2, "[firewall] rate: '1001' is not a number from 1 to 1000");
}

/* Who can forge an address must not be able to have it banned. */
static void nobody_is_banned_for_a_scan(void **state)
{
	struct ini_error error;

	(void)state;
	take("[rule.port_scan]\nsteps = ban\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "[rule.port_scan] steps: a scan's address can be forged"));
	take("[rule.many_scans]\nsteps = ban\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	take("[rule.port_scan]\ncount = 33\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_string_equal(error.text, "[rule.port_scan] count: 33 is more than 32, the ports that are kept");
	take("[rule.port_scan]\ncount = 32\nsteps =\n[rule.many_scans]\nsteps =\n[rule.decoy_touch]\ncount = 2\nsteps "
	     "= ban\n");
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
}

static void settings_read_every_section(void **state)
{
	(void)state;
	take("[guard]\nstate_dir = /s\nrun_dir=/r\nuser = guard\ncore = /c\n"
	     "[auth]\nfiles = /a.log, /b.log\nsyslog_socket = /dev/log\naudit = yes\n"
	     "[response]\nmode = observe\nban_time = 2h\nban_prefix6 = 128\nbans_per_minute = 7\n"
	     "packet_filter = iptables\n"
	     "resets_per_hour=0\nlogouts_per_hour=1\nlocks_per_hour=2\n"
	     "never_ban = 192.0.2.0/24 2001:db8::/32\nprotect = root, ops\n"
	     "[rule.breach]\ncount = 4\nwindow = 90s\nsteps = ban reset logout\nban_time = 1d\n"
	     "[rule.spraying]\nenabled = no\n"
	     "[server]\naddress = [2001:db8::5]:9443\n[spool]\nsize = 2M\n[accounts]\nshadow = /x/shadow\n");
	assert_int_equal(settings.packet_filter, FILTER_IPTABLES);
	assert_int_equal(settings.file_count, 2);
	assert_string_equal(settings.files[1], "/b.log");
	assert_true(settings.audit);
	assert_int_equal(settings.mode, MODE_OBSERVE);
	assert_int_equal(settings.ban_s, 7200);
	assert_int_equal(settings.resets_per_hour, 0);
	assert_int_equal(settings.logouts_per_hour, 1);
	assert_int_equal(settings.locks_per_hour, 2);
	assert_int_equal(settings.never_ban_count, 2);
	assert_string_equal(settings.protect[1], "ops");
	assert_int_equal(settings.rules[RULE_BREACH].window_us, 90 * SECOND_US);
	assert_int_equal(settings.rules[RULE_BREACH].steps[2], VERB_LOGOUT);
	assert_int_equal(settings.rules[RULE_BREACH].ban_s, 86400);
	assert_false(settings.rules[RULE_SPRAYING].enabled);
	assert_string_equal(settings.server_host, "2001:db8::5");
	assert_int_equal(settings.server_port, 9443);
	assert_int_equal(settings.spool_bytes_max, 2 << 20);
}

static void settings_say_how_many_neighbours_and_which_hours(void **state)
{
	struct ini_error error;

	(void)state;
	take("[response]\nban_neighbours = 7\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_string_equal(error.text,
			    "[response] ban_neighbours: 7 is less than 8 attackers, which say too little of "
			    "a whole network; or 0 for never");
	take("[response]\nban_neighbours = 8\nban_neighbours_quiet = 60d\nquiet_hours = 22:30-06:00, reset kill\n");
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
	assert_int_equal(settings.ban_neighbours, 8);
	assert_int_equal(settings.neighbours_quiet_s, 60 * 86400);
	assert_int_equal(settings.quiet.from_min, 22 * 60 + 30);
	assert_int_equal(settings.quiet.to_min, 360);
	assert_int_equal(settings.quiet.verbs, 1u << VERB_RESET | 1u << VERB_KILL);
	take("[response]\nquiet_hours =\n");
	assert_false(settings.quiet.on);
}

static void settings_lists_are_replaced_per_text_and_extended_within(void **state)
{
	(void)state;
	take("[auth]\nfiles = /a\nfiles = /b\n");
	assert_int_equal(settings.file_count, 2);
	take("[auth]\nfiles = /c\n");
	assert_int_equal(settings.file_count, 1);
	assert_string_equal(settings.files[0], "/c");
	take("[auth]\nfiles =\n");
	assert_int_equal(settings.file_count, 0);
}

static void settings_server_addresses(void **state)
{
	(void)state;
	take("[server]\naddress = example.org\n");
	assert_string_equal(settings.server_host, "example.org");
	assert_int_equal(settings.server_port, 8443);
	take("[server]\naddress = 192.0.2.5:443\n");
	assert_string_equal(settings.server_host, "192.0.2.5");
	assert_int_equal(settings.server_port, 443);
	take("[server]\naddress = 2001:db8::1\n");
	assert_string_equal(settings.server_host, "2001:db8::1");
	take("[server]\naddress =\n");
	assert_string_equal(settings.server_host, "");
	refuse("[server]\naddress = a b\n", 2,
	       "[server] address: 'a b' does not have the form host, host:port or [address]:port");
	refuse("[server]\naddress = a:0\n", 2, "[server] address: '0' is not a port from 1 to 65535");
	refuse("[server]\naddress = [::1\n", 2, "[server] address: '[::1' does not have the form [address]:port");
}

static void settings_errors_name_line_key_and_choice(void **state)
{
	(void)state;
	refuse("[access]\nformat = access.log nginx\n", 2,
	       "[access] format: 'access.log' is not an absolute path without '..' and a final '/'");
	refuse("[access]\nformat = /a squid %h\n", 2,
	       "[access] format: 'squid %h' is none of nginx, apache, lighttpd and json");
	refuse("[access]\nformat = /a nginx $host $remote_addr $uri $status\n", 2,
	       "[access] format: 'nginx $host $remote_addr $uri $status' lets a client shift the client address");
	refuse("[access]\ntrusted_proxies = proxy\n", 2,
	       "[access] trusted_proxies: 'proxy' is neither an address nor address/bits");
	refuse("[files]\nwatch = usual, etc/x\n", 2,
	       "[files] watch: 'etc/x' is none of /FILE, /DIR/, /DIR/**, ~/FILE, ~/DIR/, usual");
	refuse("[files]\nwatch = /a/../b\n", 2,
	       "[files] watch: '/a/../b' is none of /FILE, /DIR/, /DIR/**, ~/FILE, ~/DIR/, usual");
	refuse("[files]\nenabled = yes\ndecoy = /srv/\n", 3, "[files] decoy: '/srv/' is no /FILE");
	refuse("[files]\nenabled = yes\ndecoy = usual\n", 3, "[files] decoy: 'usual' is no /FILE");
	refuse("[files]\nwatch = /a/*\n", 2,
	       "[files] watch: '/a/*' is none of /FILE, /DIR/, /DIR/**, ~/FILE, ~/DIR/, usual");
	refuse("[response]\n\nmode = enforced\n", 3, "[response] mode: 'enforced' is neither observe nor enforce");
	refuse("[response]\nquiet_hours = 8-18\n", 2,
	       "[response] quiet_hours: '8-18' does not have the form HH:MM-HH:MM");
	refuse("[response]\nquiet_hours = 08:00-24:00\n", 2,
	       "[response] quiet_hours: '08:00-24:00' does not have the form HH:MM-HH:MM");
	refuse("[response]\nquiet_hours = 08:00-18:00 ban\n", 2,
	       "[response] quiet_hours: 'ban' is never quiet: attackers do not keep hours");
	refuse("[response]\nquiet_hours = 08:00-18:00 isolate\n", 2, "[response] quiet_hours: 'isolate' is not a step");
	refuse("[response]\npacket_filter = ufw\n", 2,
	       "[response] packet_filter: 'ufw' is neither nf_tables nor iptables");
	refuse("[response]\nmod = observe\n", 2, "[response] mod: there is no such key");
	refuse("[respond]\nmode = observe\n", 2, "[respond] mode: there is no such section");
	refuse("[rule.brute]\ncount = 1\n", 2, "[rule.brute] count: there is no such section");
	refuse("[rule.breach]\ncount = 0\n", 2, "[rule.breach] count: '0' is not a number from 1 to 10000");
	refuse("[rule.breach]\nsteps = ban, isolate\n", 2,
	       "[rule.breach] steps: 'isolate' is not a step; the steps are ban, reset, logout, kill, lock, cut, "
	       "limit, quarantine");
	refuse("[auth]\nfiles = log\n", 2, "[auth] files: 'log' is not an absolute path without '..' and a final '/'");
	refuse("[auth]\nfiles = /lo\x1cg\n", 2,
	       "[auth] files: '/lo?g' is not an absolute path without '..' and a final '/'");
	refuse("[auth]\nfiles = /var/*/auth.log\n", 2,
	       "[auth] files: '/var/*/auth.log' may have '*' and '?' in its last part only, and no '['");
	refuse("[response]\nnever_ban = 192.0.2.0/33\n", 2,
	       "[response] never_ban: '192.0.2.0/33' is no address, no address/bits and no DNS name");
	refuse("[response]\nnever_ban = 192.0.2.300\n", 2,
	       "[response] never_ban: '192.0.2.300' is no address, no address/bits and no DNS name");
	refuse("[response]\nnever_ban = bastion..example\n", 2,
	       "[response] never_ban: 'bastion..example' is no address, no address/bits and no DNS name");
	refuse("[response]\nnever_ban = -x.example\n", 2,
	       "[response] never_ban: '-x.example' is no address, no address/bits and no DNS name");
	refuse("[response]\nnever_ban = 64:ff9b::/96\n", 2,
	       "[response] never_ban: '64:ff9b::/96' is all of IPv4, as NAT64 carries it: name IPv4 networks");
	refuse("[response]\nban_time = 31d\n", 2,
	       "[response] ban_time: '31d' is not a time (90s, 10m, 2h, 1d) in seconds from 1 to 2592000");
	refuse("mode = observe\n", 1, "a key must stand in a [section]");
	refuse("[guard]\nuser = -x\n", 2, "[guard] user: '-x' is not a user name");
}

static void settings_without_a_source_make_no_guard(void **state)
{
	struct ini_error error;

	(void)state;
	take("[auth]\nfiles =\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_non_null(strstr(error.text, "[auth]"));
	take("[auth]\nsyslog_socket = /dev/log\n");
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
}

static void rule_with_steps_that_make_each_other_void_is_refused(void **state)
{
	struct ini_error error;

	(void)state;
	take("[rule.breach]\nsteps = ban, lock, logout, reset\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_string_equal(error.text,
			    "[rule.breach] steps: 'reset' is void while a 'lock' is in force; put it before");
	take("[rule.breach]\nsteps = ban, reset, lock, logout\n");
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
	take("[rule.breach]\nsteps = logout, lock, logout\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_string_equal(error.text, "[rule.breach] steps: 'logout' stands there twice");
}

static void settings_list_overflows_are_errors(void **state)
{
	char text[2048] = "[auth]\nfiles =";

	(void)state;
	for (unsigned i = 0; i <= SETTINGS_FILES_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " /log%u", i);
	refuse(text, 2, "[auth] files: '/log16' does not fit: the list is full");
}

static void settings_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {{"0", 0},
		    {"90", 90 * SECOND_US},
		    {"500ms", 500 * MS_US},
		    {"10m", 10 * MINUTE_US},
		    {"2h", 2 * HOUR_US},
		    {"366d", 366 * 24 * HOUR_US},
		    {"1 d", 24 * HOUR_US}};
	static const char *const bad[] = {"", "m", "-1s", "1.5h", "1w", "10 m s", "367d", "99999999999999999999"};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(settings_duration(str_from(good[i].text), &us), ERR_OK);
		assert_int_equal(us, good[i].us);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(settings_duration(str_from(bad[i]), &us), ERR_OK);
}

#define ACME "[decoder acme]\nprogram = acmed\noutcome = failure\n"

static void settings_decoders_are_read_and_replaced_whole(void **state)
{
	(void)state;
	take("[decoder acme]\nprogram = acmed, acme-web\npattern = ^no <user> from <src>$\noutcome = failure\n"
	     "[decoder b]\nprogram = acmed\npattern = ^yes <user> from <src>$\noutcome = success\n");
	assert_int_equal(settings.decoder_count, 2);
	assert_string_equal(settings.decoders[0].programs, "acmed acme-web");
	assert_string_equal(settings.decoders[0].pattern, "^no <user> from <src>$");
	take(ACME "pattern = ^bad <src>$\n");
	assert_int_equal(settings.decoder_count, 2);
	assert_string_equal(settings.decoders[0].programs, "acmed");
	refuse("[decoder acme]\npattern = ^bad <src>$\n", 2, "[decoder acme] has no program");
}

static void settings_decoders_that_can_be_forged_are_refused(void **state)
{
	(void)state;
	refuse(ACME "pattern = ^no <user> from <src> .*$\n", 4,
	       "[decoder acme] pattern: it is ambiguous: a client could move <src> by what he sends; let less stand "
	       "before or behind it, as [^ ]* for .*");
	refuse(ACME "pattern = no from <src>\n", 4,
	       "[decoder acme] pattern: it is not anchored: it must begin with '^' and end with '$'");
	refuse(ACME "pattern = ^(a{100}){100}<src>$\n", 4,
	       "[decoder acme] pattern: it is too costly: with its repetitions written out it has more than 255 steps");
	refuse(ACME "pattern = ^no$\n", 4, "[decoder acme] pattern: it has no <src>");
	refuse(ACME, 2, "[decoder acme] has no pattern");
	refuse("[decoder a]\nprogram = x\npattern = ^<src>$\n", 3, "[decoder a] has no outcome");
	refuse("[decoder a]\noutcome = bad\n", 2, "[decoder a] outcome: it is none of failure, success and probe");
	refuse("[decoder a]\nprograms = x\n", 2, "[decoder a] programs: there is no such key");
	refuse("[decoder a b]\nprogram = x\n", 2,
	       "[decoder a b] is no name of at most 31 letters, digits, '-', '_' and '.'");
	take(ACME "pattern = ^no <user> from <src>$\n");
	refuse("[decoder b]\nprogram = acmed\noutcome = success\npattern = ^no .* good from <src>$\n", 4,
	       "[decoder b] pattern: it is ambiguous beside [decoder acme]: one message can have another outcome in "
	       "each");
	refuse("[decoder b]\nprogram = acmed\noutcome = failure\npattern = ^no .* from <src> via .*$\n", 4,
	       "[decoder b] pattern: it is ambiguous: a client could move <src> by what he sends; let less stand "
	       "before or behind it, as [^ ]* for .*");
	refuse("[decoder b]\nprogram = acmed\noutcome = failure\npattern = ^no <src> .*$\n", 4,
	       "[decoder b] pattern: it is ambiguous beside [decoder acme]: one message can have another <src> in "
	       "each");
}

static void settings_formats_are_declared_of_files_that_are_read(void **state)
{
	struct ini_error error;

	(void)state;
	take("[file /b]\nformat = json\n[auth]\nfiles = /a /b\n");
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
	assert_int_equal(settings_format_of(&settings, "/b"), FORMAT_JSON);
	assert_int_equal(settings_format_of(&settings, "/a"), FORMAT_AUTO);
	refuse("[file /b]\nformat = xml\n", 2,
	       "[file /b] format: it is none of auto, syslog, json, json-pretty, verbose, export, cri and sshd");
	refuse("[file /b]\nform = json\n", 2, "[file /b] there is no such key; there is only format");
	refuse("[file b]\nformat = json\n", 2, "[file b] is not an absolute path of at most 255 bytes");
	take("[auth]\nfiles = /a\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_string_equal(error.text, "[file /b] is not among [auth] files, so it is not read");
}

static void settings_declare_formats_of_files_that_are_read(void **state)
{
	struct ini_error error;

	(void)state;
	take("[auth]\nfiles = /a /b\n[access]\nformat = /b nginx\n");
	assert_int_equal(settings_check(&settings, &error), ERR_OK);
	take("[access]\nformat = /c nginx\n");
	assert_int_equal(settings_check(&settings, &error), ERR_INVALID);
	assert_string_equal(error.text, "[access] format: '/c' is not one of [auth] files");
}

static void settings_text_reads_back_the_same(void **state)
{
	static char text[SETTINGS_TEXT_MAX], again_text[SETTINGS_TEXT_MAX];
	static struct settings again;
	struct buf b = buf_over(text, sizeof(text)), c = buf_over(again_text, sizeof(again_text));
	struct ini_error error;

	(void)state;
	take("[file /b]\nformat = cri\n[auth]\nfiles = /a /b\naudit = on\n[access]\nformat = /a  nginx\n"
	     "format = /b apache %h \\\"%r\\\" %>s\nformat = /a json src=a status=b\n"
	     "trusted_proxies = 10.0.0.0/8, ::1\n[firewall]\nenabled = yes\ndecoy = 23 5900\n[exposure]\nenabled = "
	     "yes\nsuid = /opt/a /opt/b\ncertificates = /a/b.pem /a/*.crt\npasswords = /etc/vendor\n"
	     "firmware_days = 90\n[response]\nnever_ban = "
	     "192.0.2.0/24 bastion.example 2001:db8::/32\n"
	     "never_ban = 3com.example. ::ffff:198.51.100.0/120 64:ff9b::203.0.113.7\nmode = observe\n"
	     "ban_neighbours = 9\nlimit_rate = 7\nquiet_hours = 22:05-06:00 reset limit\n" ACME
	     "pattern = ^no \\[<user>\\] from <src>$\n"
	     "[accounts]\nshared = root, deploy\n[rule.breach]\nsteps = ban reset\n[server]\naddress = "
	     "[2001:db8::5]:9443\n");
	settings_text(&b, &settings);
	assert_int_equal(buf_check(&b), ERR_OK);
	settings_default(&again);
	assert_int_equal(settings_read(&again, buf_str(&b), &error), ERR_OK);
	settings_text(&c, &again);
	assert_true(str_equal(buf_str(&b), buf_str(&c)));
	assert_string_equal(again.decoders[0].pattern, "^no \\[<user>\\] from <src>$");
	assert_int_equal(settings_format_of(&again, "/b"), FORMAT_CRI);
	assert_int_equal(again.file_count, 2);
	assert_string_equal(again.files[1], "/b");
	assert_int_equal(again.access_count, 2);
	assert_string_equal(settings_access_find(&again, "/a")->format, "json src=a status=b");
	assert_string_equal(settings_access_find(&again, "/b")->format, "apache %h \\\"%r\\\" %>s");
	assert_null(settings_access_find(&again, "/c"));
	assert_int_equal(again.decoy_count, 2);
	assert_int_equal(again.suid_count, 2);
	assert_int_equal(again.shared_count, 2);
	assert_string_equal(again.shared[1], "deploy");
	assert_int_equal(again.certificate_count, 2);
	assert_string_equal(again.passwords, "/etc/vendor");
	assert_int_equal(again.firmware_days, 90);
	assert_int_equal(again.proxy_count, 2);
	assert_int_equal(again.proxies[0].prefix, 8);
	assert_int_equal(again.never_ban_count, 4);
	assert_int_equal(again.never_ban[2].prefix, 24);
	assert_int_equal(again.never_ban[3].family, 4);
	assert_int_equal(again.never_ban_name_count, 2);
	assert_string_equal(again.never_ban_names[0], "bastion.example");
	assert_string_equal(again.never_ban_names[1], "3com.example.");
	assert_int_equal(again.mode, MODE_OBSERVE);
	assert_int_equal(again.ban_neighbours, 9);
	assert_int_equal(again.limit_rate, 7);
	assert_int_equal(again.quiet.from_min, 22 * 60 + 5);
	assert_int_equal(again.quiet.verbs, 1u << VERB_RESET | 1u << VERB_LIMIT);
	assert_int_equal(again.rules[RULE_BREACH].steps[1], VERB_RESET);
	assert_int_equal(again.server_port, 9443);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(settings_default_is_a_guard_that_bans, set_up),
		cmocka_unit_test_setup(settings_that_watch_what_this_build_cannot_are_refused, set_up),
		cmocka_unit_test_setup(settings_read_every_section, set_up),
		cmocka_unit_test_setup(settings_say_how_many_neighbours_and_which_hours, set_up),
		cmocka_unit_test_setup(settings_lists_are_replaced_per_text_and_extended_within, set_up),
		cmocka_unit_test_setup(settings_server_addresses, set_up),
		cmocka_unit_test_setup(settings_errors_name_line_key_and_choice, set_up),
		cmocka_unit_test_setup(settings_without_a_source_make_no_guard, set_up),
		cmocka_unit_test_setup(rule_with_steps_that_make_each_other_void_is_refused, set_up),
		cmocka_unit_test_setup(a_decoy_is_a_port, set_up),
		cmocka_unit_test_setup(nobody_is_banned_for_a_scan, set_up),
		cmocka_unit_test_setup(settings_list_overflows_are_errors, set_up),
		cmocka_unit_test_setup(settings_decoders_are_read_and_replaced_whole, set_up),
		cmocka_unit_test_setup(settings_decoders_that_can_be_forged_are_refused, set_up),
		cmocka_unit_test_setup(settings_formats_are_declared_of_files_that_are_read, set_up),
		cmocka_unit_test(settings_durations),
		cmocka_unit_test_setup(settings_declare_formats_of_files_that_are_read, set_up),
		cmocka_unit_test_setup(settings_text_reads_back_the_same, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
