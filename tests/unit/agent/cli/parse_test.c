/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop parse` by its exit status and what it prints. What decoders find in which line is tests/corpus' matter. */
#include "agent/cli/parse.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#define FAILED "Nov 22 12:30:58 device sshd[7]: Failed password for root from 192.0.2.1 port 4000 ssh2\n"
#define REPEATED                                                                                               \
	"Nov 22 12:30:59 device sshd[7]: message repeated 2 times: [ Failed password for root from 192.0.2.1 " \
	"port 4000 ssh2]\n"

static char dir[] = "/tmp/caltrop-parse-......", log_path[64];
static char out[8192], err[8192];

static int set_up(void **state)
{
	(void)state;
	memset(dir + strlen(dir) - 6, 'X', 6);
	if (!mkdtemp(dir))
		return 1;
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(log_path);
	return rmdir(dir);
}

static void put(const char *bytes, size_t len)
{
	int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static void collect(FILE *from, char *text, size_t size)
{
	rewind(from);
	text[fread(text, 1, size - 1, from)] = '\0';
	fclose(from);
}

/* Its exit status, with what it prints in `out` and `err`. */
static int parse(const char *option, const char *first, const char *second)
{
	char *argv[5] = {(char *)(uintptr_t) "parse"};
	const char *const words[] = {option, first, second};
	FILE *files[2] = {tmpfile(), tmpfile()};
	int saved[2] = {dup(1), dup(2)}, argc = 1, status;

	for (unsigned i = 0; i < 3; i++)
		if (words[i])
			argv[argc++] = (char *)(uintptr_t)words[i];
	fflush(stdout);
	require(files[0] && files[1] && dup2(fileno(files[0]), 1) == 1 && dup2(fileno(files[1]), 2) == 2);
	status = parse_main(argc, argv);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		require(dup2(saved[i], i + 1) == i + 1);
		close(saved[i]);
	}
	collect(files[0], out, sizeof(out));
	collect(files[1], err, sizeof(err));
	return status;
}

static void parse_shows_a_line_for_each_event(void **state)
{
	static const char log[] = "\xef\xbb\xbf" FAILED "nothing of interest\n" REPEATED;

	(void)state;
	put(log, sizeof(log) - 1);
	assert_int_equal(parse("--json", log_path, NULL), 0);
	assert_string_equal(out,
			    "{\"line\":1,\"service\":\"sshd\",\"outcome\":\"failure\",\"user\":\"root\",\"src_ip\":"
			    "\"192.0.2.1\",\"src_port\":4000,\"method\":\"password\",\"reason\":\"bad_credential\","
			    "\"trace\":\"daemon\",\"pid\":7}\n"
			    "{\"line\":3,\"service\":\"sshd\",\"outcome\":\"failure\",\"user\":\"root\",\"src_ip\":"
			    "\"192.0.2.1\",\"src_port\":4000,\"method\":\"password\",\"reason\":\"bad_credential\","
			    "\"trace\":\"daemon\",\"pid\":7,\"repeats\":2}\n");
	assert_int_equal(parse(NULL, log_path, NULL), 0);
	assert_non_null(strstr(out, "service=sshd outcome=failure user=root src=192.0.2.1 method=password"));
	assert_non_null(strstr(out, "(2 times)"));
	/* With several files each line says whose it is. */
	assert_int_equal(parse("-j", log_path, log_path), 0);
	assert_non_null(strstr(out, "{\"file\":\"/tmp/caltrop-parse-"));
}

static void parse_counts_what_it_saw(void **state)
{
	static const char log[] = FAILED "nothing\n" FAILED;

	(void)state;
	put(log, sizeof(log) - 1);
	assert_int_equal(parse("--stats", log_path, NULL), 0);
	assert_non_null(strstr(err, "3 lines, 2 recognised, 1 not, 0 of them too long\n"));
	assert_non_null(strstr(err, "2 failure\n"));
	assert_int_equal(parse("-js", log_path, NULL), 0);
	assert_non_null(strstr(err, "{\"lines\":3,\"recognised\":2,\"unrecognised\":1,\"too_long\":0,"));
}

static void parse_refuses_what_is_no_log_and_says_what_helps(void **state)
{
	static const struct {
		const char *head, *help;
	} kinds[] = {
		{"\x1f\x8b rest\n", "zcat"},  {"BZh9 rest\n", "bzcat"}, {"\x28\xb5\x2f\xfd\n", "zstdcat"},
		{"LPKSHHRH\n", "journalctl"}, {"\xff\xfe\n", "iconv"},	{"\xfe\xff\n", "iconv"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		put(kinds[i].head, strlen(kinds[i].head));
		assert_int_equal(parse(NULL, log_path, NULL), 1);
		assert_non_null(strstr(err, log_path));
		assert_non_null(strstr(err, kinds[i].help));
		assert_string_equal(out, "");
	}
}

static void parse_reads_the_other_files_when_one_cannot_be_read(void **state)
{
	(void)state;
	put(FAILED, sizeof(FAILED) - 1);
	assert_int_equal(parse("--json", "/nonexistent/log", log_path), 1);
	assert_non_null(strstr(err, "cannot open /nonexistent/log: "));
	assert_non_null(strstr(out, "\"line\":1,"));
	assert_int_equal(parse("--json", "/tmp", log_path), 1);
	assert_non_null(strstr(err, "cannot read /tmp: "));
	assert_non_null(strstr(out, "\"line\":1,"));
}

static void parse_of_wrong_usage_is_status_two(void **state)
{
	(void)state;
	assert_int_equal(parse("--jsn0", log_path, NULL), 2);
	assert_non_null(strstr(err, "usage: caltrop parse"));
	assert_int_equal(parse("--help", NULL, NULL), 0);
	assert_non_null(strstr(out, "usage: caltrop parse"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_shows_a_line_for_each_event),
		cmocka_unit_test(parse_counts_what_it_saw),
		cmocka_unit_test(parse_refuses_what_is_no_log_and_says_what_helps),
		cmocka_unit_test(parse_reads_the_other_files_when_one_cannot_be_read),
		cmocka_unit_test(parse_of_wrong_usage_is_status_two),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
