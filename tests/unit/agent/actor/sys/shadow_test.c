/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/account.h"
#include "agent/actor/sys/shadow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Odd on purpose: no final line end, an empty line, a comment, a name that is another's start, NIS leftovers. */
static const char text[] = "root:$6$old:19000:0:99999:7:::\n"
			   "bobby:$1$x:1:0:99999:7:::\n"
			   "\n"
			   "# bob:fake\n"
			   "bob:$6$salt$hash:19001:0:99999:7:::\n"
			   "daemon:*:1::::::\n"
			   "locked:!$6$a:1::::::\n"
			   "open::1::::::\n"
			   "+::::::::\n"
			   "last:!:1::::::";

#define TEMPLATE              \
	"/tmp/shadow_test.XX" \
	"XX"                  \
	"XX"

static char dir_path[64], path[128];

static int set_up(void **state)
{
	int fd;

	(void)state;
	memcpy(dir_path, TEMPLATE, sizeof(TEMPLATE));
	if (!mkdtemp(dir_path))
		return -1;
	snprintf(path, sizeof(path), "%s/shadow", dir_path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		return -1;
	return close(fd);
}

static int tear_down(void **state)
{
	char lock[80];

	(void)state;
	(void)unlink(path);
	snprintf(lock, sizeof(lock), "%s/.pwd.lock", dir_path);
	(void)unlink(lock);
	return rmdir(dir_path);
}

static void shadow_replace_touches_one_field(void **state)
{
	char out[2048];
	struct buf b = buf_over(out, sizeof(out));
	struct str before = STR(text), after;
	size_t at = (size_t)(strstr(text, "\nbob:") + 5 - text);

	(void)state;
	assert_int_equal(shadow_replace(before, "bob", "$y$new", &b), ERR_OK);
	after = buf_str(&b);
	assert_memory_equal(after.data, before.data, at);
	assert_memory_equal(after.data + at, "$y$new:19001:", 13);
	assert_int_equal(after.len, before.len - strlen("$6$salt$hash") + strlen("$y$new"));
	assert_memory_equal(after.data + at + 6, before.data + at + 12, before.len - at - 12);
}

static void shadow_replace_works_on_the_last_unended_line(void **state)
{
	char out[2048];
	struct buf b = buf_over(out, sizeof(out));

	(void)state;
	assert_int_equal(shadow_replace(STR(text), "last", "H", &b), ERR_OK);
	assert_true(str_ends(buf_str(&b), STR("\nlast:H:1::::::")));
}

static void shadow_replace_refuses_what_would_break_the_file(void **state)
{
	char out[2048];
	struct buf b = buf_over(out, sizeof(out));

	(void)state;
	assert_int_equal(shadow_replace(STR(text), "nobody", "H", &b), ERR_NOT_FOUND);
	assert_int_equal(shadow_replace(STR(text), "# bob", "a:b", &b), ERR_INVALID);
	assert_int_equal(shadow_replace(STR(text), "bob", "a\nb", &b), ERR_INVALID);
	b = buf_over(out, 40);
	assert_int_equal(shadow_replace(STR(text), "bob", "H", &b), ERR_TOO_LONG);
}

static void shadow_usable_tells_locked_from_open(void **state)
{
	(void)state;
	assert_true(shadow_usable(STR("$6$a")));
	assert_true(shadow_usable(STR("")));
	assert_false(shadow_usable(STR("!$6$a")));
	assert_false(shadow_usable(STR("*")));
	assert_false(shadow_usable(STR("x")));
}

static void shadow_write_keeps_owner_mode_and_the_rest(void **state)
{
	struct shadow_file f;
	struct stat before, after;

	(void)state;
	assert_int_equal(chmod(path, 0604), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, 12, 34), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(shadow_open(&f, path), ERR_OK);
	assert_int_equal(shadow_write(&f, "bob", "$y$new"), ERR_OK);
	assert_true(shadow_is_written(&f));
	shadow_close(&f);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
	assert_int_equal(after.st_size, before.st_size - 6);
	assert_int_equal(shadow_read(&f, path), ERR_OK);
	assert_true(str_starts(f.text, STR("root:$6$old:19000:0:99999:7:::\nbobby:$1$x:1:0:")));
	assert_true(str_equal(shadow_field(shadow_line(f.text, "bob"), 1), STR("$y$new")));
	shadow_close(&f);
}

/* lckpwdf(3)'s lock, taken by another process. */
static void shadow_open_waits_for_nobody(void **state)
{
	struct shadow_file f;
	char lock[128];
	int ready[2];
	pid_t child;
	char byte;

	(void)state;
	snprintf(lock, sizeof(lock), "%s/.pwd.lock", dir_path);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open(lock, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fcntl(fd, F_SETLK, &whole) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(shadow_open(&f, path), ERR_BUSY);
	shadow_close(&f);
	kill(child, 9);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(shadow_open(&f, path), ERR_OK);
	shadow_close(&f);
}

static void shadow_open_honours_lock_files_of_living_programs(void **state)
{
	struct shadow_file f;
	char lock[160], number[16];
	int fd;

	(void)state;
	snprintf(lock, sizeof(lock), "%s.lock", path);
	fd = open(lock, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	assert_int_equal(write(fd, number, strlen(number)), strlen(number));
	assert_int_equal(shadow_open(&f, path), ERR_BUSY);
	shadow_close(&f);
	/* Left over by a program that is gone. */
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "2147483646", 10, 0), 10);
	close(fd);
	assert_int_equal(shadow_open(&f, path), ERR_OK);
	shadow_close(&f);
	unlink(lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadow_replace_touches_one_field),
		cmocka_unit_test(shadow_replace_works_on_the_last_unended_line),
		cmocka_unit_test(shadow_replace_refuses_what_would_break_the_file),
		cmocka_unit_test(shadow_usable_tells_locked_from_open),
		cmocka_unit_test_setup_teardown(shadow_write_keeps_owner_mode_and_the_rest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shadow_open_waits_for_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shadow_open_honours_lock_files_of_living_programs, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
