/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/settings_sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];
static struct settings s;

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/caltrop-sources-XX"
		     "XX"
		     "XX");
	settings_default(&s);
	return mkdtemp(root) ? 0 : -1;
}

static int drop_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void make(const char *path)
{
	char command[256];

	snprintf(command, sizeof(command), "mkdir -p '%s%s'", root, path);
	assert_int_equal(system(command), 0);
}

static void put_file(const char *path)
{
	char whole[256];
	FILE *f;

	make("/var/log");
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	f = fopen(whole, "w");
	assert_non_null(f);
	fclose(f);
}

/* A bound datagram socket; the caller closes it, after which nobody reads what has its name. */
static int put_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	make("/run/systemd/journal");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s%s", root, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void nothing_found_waits_for_auth_log(void **state)
{
	(void)state;
	settings_sources_find(&s, root);
	assert_int_equal(s.file_count, 1);
	assert_string_equal(s.files[0], "/var/log/auth.log");
	assert_false(s.journal);
	assert_string_equal(s.syslog_socket, "");
}

static void the_file_of_a_syslog_daemon_is_found(void **state)
{
	(void)state;
	put_file("/var/log/messages");
	settings_sources_find(&s, root);
	assert_string_equal(s.files[0], "/var/log/messages");
	put_file("/var/log/secure");
	settings_sources_find(&s, root);
	assert_string_equal(s.files[0], "/var/log/secure");
	put_file("/var/log/auth.log");
	settings_sources_find(&s, root);
	assert_string_equal(s.files[0], "/var/log/auth.log");
}

static void a_journal_is_read_with_the_socket_nobody_reads(void **state)
{
	int socket;

	(void)state;
	close(put_socket("/run/systemd/journal/socket"));
	make("/run/log/journal");
	settings_sources_find(&s, root);
	assert_true(s.journal);
	assert_int_equal(s.file_count, 0);
	assert_string_equal(s.syslog_socket, "/run/systemd/journal/syslog");
	/* One that another program reads is its own. */
	settings_default(&s);
	socket = put_socket("/run/systemd/journal/syslog");
	settings_sources_find(&s, root);
	assert_true(s.journal);
	assert_string_equal(s.syslog_socket, "");
	/* One that is left over from a run before is not. */
	close(socket);
	settings_default(&s);
	settings_sources_find(&s, root);
	assert_string_equal(s.syslog_socket, "/run/systemd/journal/syslog");
}

static void a_journal_beside_a_syslog_daemon_leaves_it_its_socket(void **state)
{
	(void)state;
	close(put_socket("/run/systemd/journal/socket"));
	make("/var/log/journal");
	put_file("/var/log/auth.log");
	settings_sources_find(&s, root);
	assert_true(s.journal);
	assert_int_equal(s.file_count, 1);
	assert_string_equal(s.syslog_socket, "");
}

static void only_a_text_without_sources_looks_for_them(void **state)
{
	static const char *const named[] = {"files = /x", "journal = no", "syslog_socket = /dev/log", "audit = no"};
	struct ini_error error;
	char text[64];

	(void)state;
	assert_int_equal(settings_read(&s, STR("[auth]\npam_unix_alone = yes\n"), &error), ERR_OK);
	assert_true(s.look);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		settings_default(&s);
		snprintf(text, sizeof(text), "[auth]\n%s\n", named[i]);
		assert_int_equal(settings_read(&s, str_from(text), &error), ERR_OK);
		assert_false(s.look);
	}
}

static void the_journal_comes_in_place_of_the_default_file(void **state)
{
	struct ini_error error;

	(void)state;
	assert_int_equal(settings_read(&s, STR("[auth]\njournal = yes\n"), &error), ERR_OK);
	assert_int_equal(s.file_count, 0);
	settings_default(&s);
	assert_int_equal(settings_read(&s, STR("[auth]\njournal = yes\nfiles = /a\n"), &error), ERR_OK);
	assert_int_equal(s.file_count, 1);
	settings_default(&s);
	assert_int_equal(settings_read(&s, STR("[auth]\nfiles = /a\njournal = yes\n"), &error), ERR_OK);
	assert_int_equal(s.file_count, 1);
	settings_default(&s);
	assert_int_equal(settings_read(&s, STR("[auth]\njournal = no\n"), &error), ERR_OK);
	assert_int_equal(s.file_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_journal_comes_in_place_of_the_default_file, make_root, drop_root),
		cmocka_unit_test_setup_teardown(nothing_found_waits_for_auth_log, make_root, drop_root),
		cmocka_unit_test_setup_teardown(the_file_of_a_syslog_daemon_is_found, make_root, drop_root),
		cmocka_unit_test_setup_teardown(a_journal_is_read_with_the_socket_nobody_reads, make_root, drop_root),
		cmocka_unit_test_setup_teardown(a_journal_beside_a_syslog_daemon_leaves_it_its_socket, make_root,
						drop_root),
		cmocka_unit_test_setup_teardown(only_a_text_without_sources_looks_for_them, make_root, drop_root),
	};

	return cmocka_run_group_tests_name("settings_sources", tests, NULL, NULL);
}
