/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the audit over a folder that stands for the machine's root. */
#include "agent/actor/audit/audit.h"

#include "agent/actor/audit/audit_dates.h"
#include "agent/actor/audit/audit_guess.h"
#include "agent/actor/audit/audit_tried.h"
#include "agent/base/key.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE                \
	"/tmp/caltrop_audit.XX" \
	"XX"                    \
	"XX"

static char dir[64];
static char said[16384]; /* "id object: evidence" of each finding, a line each; what was skipped begins with '?' */
static uint8_t severity; /* of the last one */
static struct settings settings;
static struct audit a;
static struct audit_tried tried;
static unsigned guesses, guesses_max; /* that were asked for, and that a round has */

static void put(void *context, const struct exposure_sample *s)
{
	size_t len = strlen(said);

	(void)context;
	severity = s->severity;
	if (s->kind == EXPOSURE_SAMPLE_FOUND || s->kind == EXPOSURE_SAMPLE_SKIPPED)
		snprintf(said + len, sizeof(said) - len, "%s%.32s %.96s: %.128s\n",
			 s->kind == EXPOSURE_SAMPLE_SKIPPED ? "?" : "", s->id, s->object, s->evidence);
}

/* As crypt(3) would say it: here a hash is "$t$" and the password. */
static enum audit_guess guess(const char *hash, const char *password)
{
	if (guesses == guesses_max)
		return AUDIT_GUESS_LATER;
	guesses++;
	if (strcmp(hash, "$gone$") == 0)
		return AUDIT_GUESS_GONE;
	if (strncmp(hash, "$t$", 3) != 0)
		return AUDIT_GUESS_UNABLE;
	return strcmp(hash + 3, password) == 0 ? AUDIT_GUESS_RIGHT : AUDIT_GUESS_WRONG;
}

static const char *run(const struct audit_check *check)
{
	said[0] = '\0';
	check->run(&a);
	return said;
}

static void folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int begin(void **state)
{
	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	assert_non_null(mkdtemp(dir));
	settings_default(&settings);
	memset(&tried, 0, sizeof(tried));
	guesses = 0;
	guesses_max = 1000;
	a = (struct audit){.root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			   .settings = &settings,
			   .now_s = audit_dates_s(&(struct audit_date){2026, 6, 1}),
			   .guess = guess,
			   .tried = &tried,
			   .put = put};
	assert_true(a.root >= 0);
	folder("etc");
	folder("etc/ssh");
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(a.root);
	return files_remove(dir);
}

static void accounts_without_a_good_password_are_found(void **state)
{
	(void)state;
	files_put(dir, "etc/passwd",
		  "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob::1001:1001::/:/bin/sh\n"
		  "carol:aaaaaaaaaaaaa:1002:1002::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n+::::::\n\nnonsense\n");
	files_put(dir, "etc/shadow",
		  "root:$y$j9T$abc$def:1::::::\nalice::1::::::\ndave:!:1::::::\nerin:*:1::::::\nfrank:$1$a$b:1::::::\n"
		  "grace:$3$$b:1::::::\nheidi:$6$a$b:1::::::\n:x:\nnonsense\nivan:$6$rounds=1000$a$b:1::::::\n"
		  "judy:$2b$05$abc:1::::::\nken:$2b$12$abc:1::::::\nleo:$5$rounds=9000$a$b:1::::::\n");
	assert_string_equal(run(&audit_accounts), "empty_password bob: no password is asked for (/etc/passwd)\n"
						  "weak_hash carol: its hash is of the kind DES (/etc/passwd)\n"
						  "hash_in_passwd carol: everybody can read its hash in /etc/passwd\n"
						  "second_root toor: its user id is 0\n"
						  "empty_password alice: no password is asked for (/etc/shadow)\n"
						  "weak_hash frank: its hash is of the kind MD5 (/etc/shadow)\n"
						  "weak_hash grace: its hash is of the kind NT (/etc/shadow)\n"
						  "weak_hash ivan: its hash has few rounds (/etc/shadow)\n"
						  "weak_hash judy: its hash has few rounds (/etc/shadow)\n");
}

static void a_machine_without_files_is_no_risk(void **state)
{
	(void)state;
	assert_string_equal(run(&audit_accounts), "");
	assert_string_equal(run(&audit_sshd), "");
	assert_string_equal(run(&audit_listeners), "");
	assert_string_equal(run(&audit_sysctls), "");
	assert_string_equal(run(&audit_modes), "");
	assert_string_equal(run(&audit_keys), "");
	assert_string_equal(run(&audit_certificates), "");
	assert_string_equal(run(&audit_snmp), "");
	assert_string_equal(run(&audit_upnp), "");
	assert_string_equal(run(&audit_passwords), "");
	assert_string_equal(run(&audit_firmware), "?old_firmware firmware: nothing here says how old it is\n");
}

static void the_first_value_of_sshd_counts(void **state)
{
	(void)state;
	files_put(dir, "etc/ssh/sshd_config", "PermitRootLogin no\npermitrootlogin yes\n#StrictModes no\n");
	assert_string_equal(run(&audit_sshd), "");
	files_put(dir, "etc/ssh/sshd_config", "PermitRootLogin=yes\nPermitRootLogin no\n\t StrictModes   \"no\"\n");
	assert_string_equal(run(&audit_sshd),
			    "sshd_setting PermitRootLogin: root's password can be guessed (/etc/ssh/sshd_config)\n"
			    "sshd_setting StrictModes: keys count that others can write (/etc/ssh/sshd_config)\n");
	files_put(dir, "etc/ssh/sshd_config", "Match User a\nPermitEmptyPasswords yes\n");
	assert_string_equal(run(&audit_sshd), "sshd_setting PermitEmptyPasswords: no password is asked for "
					      "(/etc/ssh/sshd_config, in a Match)\n");
	files_put(dir, "etc/ssh/sshd_config", "Ciphers -3des-cbc\nMACs +hmac-md5\n");
	assert_string_equal(run(&audit_sshd), "sshd_cipher MACs: /etc/ssh/sshd_config has MD5\n");
}

static void included_files_are_read_in_their_order(void **state)
{
	(void)state;
	folder("etc/ssh/d");
	files_put(dir, "etc/ssh/sshd_config", "Include d/*.conf /etc/ssh/other\nPermitRootLogin yes\n");
	files_put(dir, "etc/ssh/d/2.conf", "PermitRootLogin yes\n");
	files_put(dir, "etc/ssh/d/1.conf", "PermitRootLogin no\nMatch all\nStrictModes no\n");
	files_put(dir, "etc/ssh/d/0.bak", "PermitRootLogin yes\n");
	files_put(dir, "etc/ssh/other", "IgnoreRhosts no\n");
	assert_string_equal(
		run(&audit_sshd),
		"sshd_setting StrictModes: keys count that others can write (/etc/ssh/d/1.conf, in a Match)\n"
		"sshd_setting IgnoreRhosts: users choose which hosts are believed (/etc/ssh/other)\n");
}

static void a_file_that_includes_itself_ends(void **state)
{
	(void)state;
	files_put(dir, "etc/ssh/sshd_config", "Include sshd_config\nPermitRootLogin yes\n");
	assert_non_null(
		strstr(run(&audit_sshd), "?sshd_setting sshd_config: an Include that is too long or too deep\n"));
	assert_non_null(strstr(said, "sshd_setting PermitRootLogin"));
}

static void what_listens_for_others_is_found(void **state)
{
	(void)state;
	folder("proc");
	folder("proc/self");
	folder("proc/self/net");
	files_put(dir, "proc/self/net/tcp",
		  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
		  "   0: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
		  "   1: 0100007F:0015 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
		  "   2: 0A0200C0:0017 0B6433C6:9C40 01 00000000:00000000 00:00000000 00000000     0\n"
		  "   3: 00000000:0913 00000000:0000 0A 00000000\n   4: nonsense\n\n   5: 00000000:001\n");
	files_put(dir, "proc/self/net/udp6",
		  "  0: 00000000000000000000000000000000:076C 00000000000000000000000000000000:0000 07 00000000\n"
		  "  1: 00000000000000000000000001000000:00A1 00000000000000000000000000000000:0000 07 00000000\n");
	settings.decoys[0] = 2323;
	settings.decoy_count = 1;
	assert_string_equal(run(&audit_listeners), "open_telnet tcp 23: telnet can be reached by others at this port\n"
						   "open_upnp udp 1900: upnp can be reached by others at this port\n");
}

/* A socket of all addresses can be asked by those that other networks know, and one of an inner address cannot. */
static void what_a_public_address_leads_to_is_said_with_it(void **state)
{
	(void)state;
	folder("proc");
	folder("proc/self");
	folder("proc/self/net");
	folder("proc/17");
	folder("proc/812");
	files_put(dir, "proc/17/comm", "sh\n");
	files_put(dir, "proc/812/comm", "avahi-daemon\n");
	files_put(dir, "proc/self/net/udp",
		  "   0: 00000000:14E9 00000000:0000 07\n   1: 0101A8C0:00A1 00000000:0000 07\n");
	files_put(dir, "proc/self/net/fib_trie",
		  "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 192.168.1.1\n        /32 host LOCAL\n     |-- 203.0.113.255\n"
		  "        /32 link BROADCAST\n     |-- 203.0.113.7\n        /32 host LOCAL\n     |-- nonsense\n"
		  "        /32 host LOCAL\n");
	assert_string_equal(
		run(&audit_listeners),
		"open_snmp udp 161: snmp can be reached by others at this port\n"
		"open_mdns udp 5353: mdns can be reached by others at this port; avahi-daemon, process 812, "
		"runs; also at 203.0.113.7\n");
	assert_int_equal(severity, SEV_MEDIUM);
	files_put(dir, "proc/self/net/fib_trie", "     |-- 10.0.0.1\n        /32 host LOCAL\n");
	files_put(dir, "proc/self/net/if_inet6",
		  "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n"
		  "20010db8000000000000000000000001 04 40 00 80     eth0\n");
	assert_null(strstr(run(&audit_listeners), "also at"));
	assert_int_equal(severity, SEV_LOW);
	files_put(dir, "proc/self/net/udp6", "  1: 00000000000000000000000000000000:14E9 0:0 07\n");
	assert_non_null(strstr(run(&audit_listeners), "runs; also at 2001:db8::1\n"));
	files_put(dir, "proc/self/net/udp", "");
	files_put(dir, "proc/self/net/udp6", "");
	assert_string_equal(run(&audit_listeners), "");
}

static void settings_of_the_kernel_are_compared(void **state)
{
	(void)state;
	folder("proc");
	folder("proc/sys");
	folder("proc/sys/kernel");
	files_put(dir, "proc/sys/kernel/randomize_va_space", "1\n");
	files_put(dir, "proc/sys/kernel/kptr_restrict", "2\n");
	files_put(dir, "proc/sys/kernel/dmesg_restrict", "nonsense\n");
	assert_string_equal(run(&audit_sysctls),
			    "kernel_setting kernel.randomize_va_space: it is 1: addresses in memory can be foreseen\n");
}

static void mode_of(const char *name, mode_t mode)
{
	char path[128];

	files_put(dir, name, "");
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(chmod(path, mode), 0);
}

static void modes_that_give_the_machine_away_are_found(void **state)
{
	char path[128];

	(void)state;
	folder("usr");
	folder("usr/bin");
	folder("tmp");
	mode_of("etc/rc.local", 0666);
	mode_of("usr/bin/su", 04755);
	mode_of("usr/bin/strange", 04755);
	mode_of("usr/bin/named", 04755);
	mode_of("tmp/su", 04755);
	mode_of("tmp/anybody", 0666);
	mode_of("tmp/no_program", 04644);
	snprintf(path, sizeof(path), "%s/etc/ssh/link", dir);
	assert_int_equal(symlink("/tmp", path), 0);
	snprintf(settings.suids[0], SETTINGS_PATH_MAX, "/usr/bin/named");
	settings.suid_count = 1;
	run(&audit_modes);
	assert_non_null(strstr(said, "world_writable /etc/rc.local: everybody may write it (mode 0666)\n"));
	assert_non_null(strstr(said, "suid_program /usr/bin/strange: "));
	assert_non_null(strstr(said, "suid_program /tmp/su: "));
	assert_null(strstr(said, "/usr/bin/su:"));
	assert_null(strstr(said, "named"));
	assert_null(strstr(said, "anybody"));
	assert_null(strstr(said, "no_program"));
	assert_null(strstr(said, "link"));
}

#define PASSWD                                                                                  \
	"root:x:0:0::/root:/bin/sh\nadmin:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n" \
	"ftp:x:1002:1002::/:/usr/sbin/nologin\ncarol:$t$raspberry:1003:1003::/:/bin/sh\ndave:x:1004:1004::/:/bin/sh\n"

static void default_passwords_are_found_and_not_shown(void **state)
{
	(void)state;
	files_put(dir, "etc/passwd", PASSWD);
	files_put(dir, "etc/shadow",
		  "root:$t$xc3511:1\nadmin:$t$acme-1:1\nbob:$t$bob:1\nftp:$t$ftp:1\ndave:$t$good one:1\n");
	files_put(dir, "etc/vendor", "# ours\r\nadmin:acme-1\r\nbroken\n:x\n");
	snprintf(settings.passwords, sizeof(settings.passwords), "/etc/vendor");
	assert_string_equal(run(&audit_passwords),
			    "default_password root: its password is one that botnets try for it\n"
			    "default_password admin: its password is the vendor's default\n"
			    "default_password bob: its password is its name\n"
			    "default_password carol: its password is a default of another account\n");
}

static void a_hash_is_tried_once(void **state)
{
	char first[sizeof(said)];
	unsigned before;

	(void)state;
	files_put(dir, "etc/passwd", PASSWD);
	files_put(dir, "etc/shadow", "root:$t$xc3511:1\ndave:$t$good one:1\n");
	memcpy(first, run(&audit_passwords), sizeof(first));
	before = guesses;
	assert_string_equal(run(&audit_passwords), first);
	assert_int_equal(guesses, before);
	files_put(dir, "etc/shadow", "root:$t$xc3511:1\ndave:$t$dave:1\n");
	assert_non_null(strstr(run(&audit_passwords), "default_password dave: its password is its name\n"));
	assert_true(guesses > before);
	/* Another list is another reason to try. */
	before = guesses;
	files_put(dir, "etc/vendor", "admin:acme-1\n");
	snprintf(settings.passwords, sizeof(settings.passwords), "/etc/vendor");
	run(&audit_passwords);
	assert_true(guesses > before);
}

static void what_a_round_cannot_try_is_named_and_tried_later(void **state)
{
	(void)state;
	files_put(dir, "etc/passwd", PASSWD);
	files_put(dir, "etc/shadow", "root:$t$realtek:1\n");
	guesses_max = 10;
	assert_string_equal(run(&audit_passwords),
			    "?default_password root: not all passwords were tried yet: the next round goes on\n"
			    "?default_password carol: not all passwords were tried yet: the next round goes on\n");
	guesses_max = 1000;
	assert_non_null(
		strstr(run(&audit_passwords), "default_password root: its password is one that botnets try for it\n"));
	files_put(dir, "etc/shadow", "root:$gone$:1\nbob:$odd$:1\n");
	assert_non_null(strstr(run(&audit_passwords), "?default_password root: its password was not tried: that took"));
	assert_non_null(strstr(said, "?default_password bob: its password was not tried: crypt(3) of this machine"));
}

static void accounts_behind_the_first_have_their_turn(void **state)
{
	(void)state;
	files_put(dir, "etc/passwd",
		  "alice:$t$good one:1000:1000::/:/bin/sh\nbob:$t$bob:1001:1001::/:/bin/sh\n"
		  "pi:$t$raspberry:1002:1002::/:/bin/sh\n");
	guesses_max = 10;
	assert_string_equal(run(&audit_passwords),
			    "?default_password alice: not all passwords were tried yet: the next round goes on\n"
			    "default_password bob: its password is its name\n"
			    "default_password pi: its password is one that botnets try for it\n");
}

static void a_hash_that_takes_too_much_memory_is_named(void **state)
{
	(void)state;
	folder("proc");
	files_put(dir, "proc/meminfo", "MemTotal:  64000 kB\nMemAvailable:   30000 kB\n");
	files_put(dir, "etc/passwd", "root:x:0:0::/root:/bin/sh\nbob:x:1:1::/:/bin/sh\n");
	files_put(dir, "etc/shadow", "root:$y$j9T$abc$def:1\nbob:$t$bob:1\n");
	assert_string_equal(run(&audit_passwords),
			    "?default_password root: its password was not tried: less memory is free than twice what "
			    "its hash takes\ndefault_password bob: its password is its name\n");
	files_put(dir, "proc/meminfo", "MemAvailable:   3000000 kB\n");
	files_put(dir, "etc/shadow", "root:$y$jDT$abc$def:1\nbob:$7$!:1\n");
	assert_string_equal(run(&audit_passwords),
			    "?default_password root: its password was not tried: its hash takes more memory than is "
			    "given\n?default_password bob: its password was not tried: its hash takes more memory than "
			    "is given\n");
	a.guess = NULL;
	assert_non_null(strstr(run(&audit_passwords), "the process for that could not be started"));
}

static void put_certificate(const char *name, int64_t from_s, int64_t until_s)
{
	uint8_t cert[KEY_CERT_MAX];
	char pem[2 * KEY_CERT_MAX];
	struct key_der private_key, public_key;
	struct key_cert_request request = {.kind = KEY_CERT_CA,
					   .subject_key = &public_key,
					   .issuer_key = &private_key,
					   .subject = "CN=a",
					   .issuer = "CN=a",
					   .serial = {1},
					   .not_before_s = from_s,
					   .not_after_s = until_s};
	size_t len;

	assert_int_equal(key_generate(key_random_kernel, &private_key), ERR_OK);
	assert_int_equal(key_public(&private_key, &public_key), ERR_OK);
	assert_int_equal(key_cert(&request, key_random_kernel, cert, &len), ERR_OK);
	assert_int_equal(key_pem("CERTIFICATE", cert, len, pem, sizeof(pem)), ERR_OK);
	files_put(dir, name, pem);
}

static void certificates_that_end_are_found(void **state)
{
	const int64_t day_s = AUDIT_DAY_S, year_s = 365 * day_s;

	(void)state;
	folder("state");
	folder("state/identity");
	folder("state/trust");
	snprintf(settings.state_dir, sizeof(settings.state_dir), "/state");
	snprintf(settings.certificates[0], SETTINGS_PATH_MAX, "/etc/*.crt");
	snprintf(settings.certificates[1], SETTINGS_PATH_MAX, "/etc/none.pem");
	snprintf(settings.certificates[2], SETTINGS_PATH_MAX, "/etc/odd.pem");
	settings.certificate_count = 3;
	put_certificate("state/identity/cert.pem", a.now_s - year_s, a.now_s - 3 * day_s);
	put_certificate("state/trust/ca.pem", a.now_s - year_s, a.now_s + year_s);
	put_certificate("etc/soon.crt", a.now_s - 80 * day_s, a.now_s + 5 * day_s);
	put_certificate("etc/short.crt", a.now_s - 1 * day_s, a.now_s + 5 * day_s);
	put_certificate("etc/good.crt", a.now_s, a.now_s + year_s);
	files_put(dir, "etc/odd.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
	assert_string_equal(run(&audit_certificates),
			    "certificate_expired /state/identity/cert.pem: it has been over for 3 days\n"
			    "certificate_expires /etc/soon.crt: it is over in 5 days\n"
			    "?certificate_expired /etc/none.pem: there is no such file\n"
			    "?certificate_expired /etc/odd.pem: there is no certificate in it that can be read\n");
}

static void communities_that_everybody_knows_are_found(void **state)
{
	(void)state;
	folder("etc/snmp");
	folder("etc/config");
	files_put(dir, "etc/snmp/snmpd.conf", "# rocommunity public\nrocommunity  public default -V systemonly\n");
	files_put(dir, "etc/config/snmpd", "config com2sec public\n\toption community 'public'\n");
	assert_string_equal(run(&audit_snmp),
			    "snmp_community /etc/snmp/snmpd.conf: whoever says a community that "
			    "everybody knows may read this device's settings\n"
			    "snmp_community /etc/config/snmpd: whoever says a community that everybody "
			    "knows may read this device's settings\n");
	files_put(dir, "etc/config/snmpd", "");
	files_put(dir, "etc/snmp/snmpd.conf", "agentaddress  127.0.0.1,[::1]\nrocommunity public\n");
	assert_string_equal(run(&audit_snmp), "");
	files_put(dir, "etc/snmp/snmpd.conf", "agentaddress udp:161\nrocommunity public localhost\nrwcommunity x1y\n");
	assert_string_equal(run(&audit_snmp), "");
	files_put(dir, "etc/snmp/snmpd.conf", "com2sec me 10.0.0.0/8 x\nrwcommunity private\n");
	assert_non_null(strstr(run(&audit_snmp), "may change this device's settings"));
	folder("etc/snmp/snmpd.conf.d");
	files_put(dir, "etc/snmp/snmpd.conf", "agentaddress udp:161\nincludeDir /etc/snmp/snmpd.conf.d\n");
	files_put(dir, "etc/snmp/snmpd.conf.d/vendor.conf", "rocommunity public\n");
	files_put(dir, "etc/mini-snmpd.conf", "# community = \"private\"\nlocation = \"\"\ncommunity = \"public\"\n");
	assert_string_equal(
		run(&audit_snmp),
		"snmp_community /etc/snmp/snmpd.conf.d/vendor.conf: whoever says a community that everybody "
		"knows may read this device's settings\n"
		"snmp_community /etc/mini-snmpd.conf: whoever says a community that everybody knows may read "
		"this device's settings\n");
	files_put(dir, "etc/snmp/snmpd.conf", "agentaddress 127.0.0.1\n");
	files_put(dir, "etc/mini-snmpd.conf", "community = \"x1y\"\n");
	assert_string_equal(run(&audit_snmp), "");
}

static void a_gateway_that_opens_ports_of_others_is_found(void **state)
{
	static const char found[] = "who is in the network can open ports of every device in it (secure_mode)\n";
	char expected[256];

	(void)state;
	folder("etc/miniupnpd");
	folder("etc/config");
	files_put(dir, "etc/miniupnpd/miniupnpd.conf", "#secure_mode=no\next_ifname=eth0\nsecure_mode = no\n");
	files_put(dir, "etc/config/upnpd",
		  "config upnpd 'config'\n\toption enabled '1'\n\toption secure_mode '0'\n\toption enable_upnp 1\n");
	snprintf(expected, sizeof(expected),
		 "upnp_forwards /etc/miniupnpd/miniupnpd.conf: %supnp_forwards /etc/config/upnpd: %s", found, found);
	assert_string_equal(run(&audit_upnp), expected);
	assert_int_equal(severity, SEV_HIGH);
	files_put(dir, "etc/miniupnpd/miniupnpd.conf", "secure_mode=yes\n");
	files_put(dir, "etc/config/upnpd", "\toption enabled '0'\n\toption secure_mode '0'\n");
	assert_string_equal(run(&audit_upnp), "");
}

static void old_firmware_is_found_by_its_newest_trace(void **state)
{
	char path[128];

	(void)state;
	folder("proc");
	files_put(dir, "proc/version",
		  "Linux version 6.1.0 (a@b) (gcc 12 20220101) #1 SMP Debian 6.1.90-1 (2024-05-03)\n");
	files_put(dir, "etc/os-release", "NAME=x\nBUILD_ID=\"20250501093000\"\nVERSION=\"1 (2099-01-01)\"\n");
	assert_string_equal(run(&audit_firmware),
			    "old_firmware firmware: the last trace of an update is 396 days old: os-release\n");
	settings.firmware_days = 400;
	assert_string_equal(run(&audit_firmware), "");
	settings.firmware_days = 100;
	folder("var");
	folder("var/lib");
	folder("var/lib/dpkg");
	files_put(dir, "var/lib/dpkg/status", "");
	snprintf(path, sizeof(path), "%s/var/lib/dpkg/status", dir);
	assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[2]){{.tv_sec = a.now_s}, {.tv_sec = a.now_s}}, 0),
			 0);
	assert_string_equal(run(&audit_firmware), "");
}

#define ED25519 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq who@where\n"

static void keys_that_let_others_in_are_found(void **state)
{
	char rsa_1024[256], path[128];

	(void)state;
	memset(rsa_1024, 'A', sizeof(rsa_1024));
	memcpy(rsa_1024, "ssh-rsa ", 8);
	rsa_1024[8 + 204] = '\0';
	folder("root");
	folder("root/.ssh");
	folder("svc");
	folder("svc/.ssh");
	files_put(dir, "etc/passwd",
		  "root:x:0:0::/root:/bin/sh\nsvc:x:33:33::/svc:/usr/sbin/nologin\nroot2:x:0:0::relative:/bin/sh\n");
	files_put(dir, "root/.ssh/authorized_keys",
		  "# a comment\n" ED25519 "command=\"a b\",no-pty ssh-dss AAAAB3 x\n");
	files_put(dir, "root/.ssh/authorized_keys2", rsa_1024);
	files_put(dir, "svc/.ssh/authorized_keys", "restrict " ED25519 "command=\"x y\" " ED25519);
	assert_string_equal(run(&audit_keys),
			    "weak_key /root/.ssh/authorized_keys:3: it is of the kind DSA\n"
			    "weak_key /root/.ssh/authorized_keys2:1: it is RSA with about 1024 bits\n");
	files_put(dir, "root/.ssh/authorized_keys", ED25519);
	files_put(dir, "root/.ssh/authorized_keys2", "");
	files_put(dir, "svc/.ssh/authorized_keys", ED25519 ED25519);
	snprintf(path, sizeof(path), "%s/svc/.ssh", dir);
	assert_int_equal(chmod(path, 0777), 0);
	assert_string_equal(run(&audit_keys),
			    "writable_keys /svc/.ssh: everybody can add keys (mode 0777)\n"
			    "key_of_service /svc/.ssh/authorized_keys: whoever has the key can log in to user id 33, "
			    "which is a service's\n");
}

static void keys_are_looked_for_where_sshd_reads_them(void **state)
{
	char path[128];

	(void)state;
	folder("home");
	folder("home/eve");
	folder("home/eve/.ssh");
	folder("keys");
	folder("keys/1000");
	files_put(dir, "etc/passwd", "eve:x:1000:1000::/home/eve:/bin/sh\nsvc:x:33:33::/svc:/bin/sh\n");
	files_put(dir, "home/eve/.ssh/authorized_keys", "ssh-dss AAAAB3 x\n");
	files_put(dir, "home/eve/mine", "ssh-dss AAAAB3 x\n");
	files_put(dir, "keys/eve", "ssh-dss AAAAB3 x\n");
	files_put(dir, "keys/1000/k", ED25519 "ssh-dss AAAAB3 x\n");
	files_put(dir, "keys/svc", ED25519);
	files_put(dir, "keys/all", ED25519 "ssh-dss AAAAB3 x\n");
	files_put(dir, "etc/ssh/sshd_config",
		  "Include more.conf\nAuthorizedKeysFile none\nMatch User eve\nAuthorizedKeysFile %h/mine\n");
	files_put(dir, "etc/ssh/more.conf", "authorizedkeysfile=/keys/%u \"/keys/%U/k\"\t/keys/all /keys/100%%\n");
	snprintf(path, sizeof(path), "%s/keys", dir);
	assert_int_equal(chmod(path, 0777), 0);
	snprintf(path, sizeof(path), "%s/keys/all", dir);
	assert_int_equal(chmod(path, 0666), 0);
	assert_string_equal(
		run(&audit_keys),
		"writable_keys /keys: everybody can add keys (mode 0777)\n"
		"weak_key /keys/eve:1: it is of the kind DSA\n"
		"writable_keys /keys: everybody can add keys (mode 0777)\n"
		"weak_key /keys/1000/k:2: it is of the kind DSA\n"
		"weak_key /home/eve/mine:1: it is of the kind DSA\n"
		"writable_keys /keys: everybody can add keys (mode 0777)\n"
		"key_of_service /keys/svc: whoever has the key can log in to user id 33, which is a service's\n"
		"writable_keys /keys: everybody can add keys (mode 0777)\n"
		"writable_keys /keys/all: everybody can add keys (mode 0666)\n"
		"weak_key /keys/all:2: it is of the kind DSA\n");
}

static void keys_that_cannot_be_looked_for_are_said(void **state)
{
	(void)state;
	folder("eve");
	folder("eve/.ssh");
	files_put(dir, "etc/passwd", "eve:x:1000:1000::/eve:/bin/sh\n");
	files_put(dir, "eve/.ssh/authorized_keys", "ssh-dss AAAAB3 x\n");
	files_put(dir, "etc/ssh/sshd_config",
		  "AuthorizedKeysFile a%x /b .ssh/authorized_keys\nAuthorizedKeysCommand /usr/bin/ask %u\n");
	assert_string_equal(run(&audit_keys),
			    "?weak_key a%x: a place of keys that is too long or has an unknown token\n"
			    "?weak_key AuthorizedKeysCommand: keys that a program gives are not looked at\n"
			    "weak_key /eve/.ssh/authorized_keys:1: it is of the kind DSA\n");
	files_put(dir, "etc/ssh/sshd_config", "AuthorizedKeysCommand none\nAuthorizedKeysFile 1 2 3 4 5 6 7 8 9\n");
	assert_string_equal(run(&audit_keys), "?weak_key 9: more places of keys than are looked at\n");
}

/* dropbear(8) has one place, whatever sshd is told. */
static void keys_of_dropbear_are_looked_at_as_well(void **state)
{
	(void)state;
	folder("etc/dropbear");
	folder("eve");
	folder("eve/.ssh");
	files_put(dir, "etc/passwd", "eve:x:1000:1000::/eve:/bin/sh\n");
	files_put(dir, "eve/.ssh/authorized_keys", "ssh-dss AAAAB3 x\n");
	files_put(dir, "etc/ssh/sshd_config", "AuthorizedKeysFile /keys/%u\n");
	assert_string_equal(run(&audit_keys), "weak_key /eve/.ssh/authorized_keys:1: it is of the kind DSA\n");
}

static void a_file_full_of_weak_keys_is_one_finding(void **state)
{
	char text[4096];
	struct buf b = buf_over(text, sizeof(text) - 1);

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		buf_text(&b, "ssh-dss AAAAB3 x\n");
	text[b.len] = '\0';
	folder("eve");
	folder("eve/.ssh");
	files_put(dir, "etc/passwd", "eve:x:1000:1000::/eve:/bin/sh\n");
	files_put(dir, "eve/.ssh/authorized_keys", text);
	assert_string_equal(run(&audit_keys), "weak_key /eve/.ssh/authorized_keys:1: it is of the kind DSA\n");
}

static void what_is_no_file_is_not_opened(void **state)
{
	char path[128], link[128], seen[256];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)state;
	folder("eve");
	folder("eve/.ssh");
	files_put(dir, "etc/passwd", "eve:x:1000:1000::/eve:/bin/sh\n");
	snprintf(path, sizeof(path), "%s/device", dir);
	snprintf(link, sizeof(link), "%s/eve/.ssh/authorized_keys", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(symlink("../../device", link), 0);
	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	assert_string_equal(run(&audit_keys), "");
	assert_int_equal(read(watch, seen, sizeof(seen)), -1);
	close(watch);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(accounts_without_a_good_password_are_found),
		TEST(a_machine_without_files_is_no_risk),
		TEST(the_first_value_of_sshd_counts),
		TEST(included_files_are_read_in_their_order),
		TEST(a_file_that_includes_itself_ends),
		TEST(what_listens_for_others_is_found),
		TEST(what_a_public_address_leads_to_is_said_with_it),
		TEST(a_gateway_that_opens_ports_of_others_is_found),
		TEST(settings_of_the_kernel_are_compared),
		TEST(modes_that_give_the_machine_away_are_found),
		TEST(default_passwords_are_found_and_not_shown),
		TEST(a_hash_is_tried_once),
		TEST(what_a_round_cannot_try_is_named_and_tried_later),
		TEST(accounts_behind_the_first_have_their_turn),
		TEST(a_hash_that_takes_too_much_memory_is_named),
		TEST(certificates_that_end_are_found),
		TEST(communities_that_everybody_knows_are_found),
		TEST(old_firmware_is_found_by_its_newest_trace),
		TEST(keys_that_let_others_in_are_found),
		TEST(keys_are_looked_for_where_sshd_reads_them),
		TEST(keys_that_cannot_be_looked_for_are_said),
		TEST(keys_of_dropbear_are_looked_at_as_well),
		TEST(a_file_full_of_weak_keys_is_one_finding),
		TEST(what_is_no_file_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
