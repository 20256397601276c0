/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/process_sample.h"
#include "agent/event/fields.h"
#include "agent/sensors/process/process_table.h"
#include "agent/sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char seen[4096]; /* the event that came last, as people read it, and what of it they do not */
static unsigned events;
static void *state;

static void emit(void *context, const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);
	const struct process_event *p = &e->process;

	(void)context;
	fields_show(&b, e);
	buf_printf(&b, " | exe=%.*s name=%.*s cwd=%.*s pargs=%.*s euid=%.*s loginuid=%.*s", (int)p->exe.len,
		   p->exe.data, (int)p->name.len, p->name.data, (int)p->cwd.len, p->cwd.data, (int)p->parent_args.len,
		   p->parent_args.data, (int)p->euid.len, p->euid.data, (int)p->loginuid.len, p->loginuid.data);
	assert_int_equal(buf_check(&b), ERR_OK);
	seen[b.len] = '\0';
	events++;
}

struct texts {
	struct str name, exe, cwd, args;
};

static void feed(struct process_sample h, struct texts t)
{
	static char bytes[PROCESS_SAMPLE_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	const struct sensors_sink sink = {emit, NULL};

	h.version = h.version ? h.version : PROCESS_SAMPLE_VERSION;
	h.exe_len = (uint16_t)t.exe.len;
	h.cwd_len = (uint16_t)t.cwd.len;
	h.args_len = (uint16_t)t.args.len;
	if (t.name.len)
		memcpy(h.name, t.name.data, t.name.len);
	buf_bytes(&b, &h, sizeof(h));
	buf_put(&b, t.exe);
	buf_put(&b, t.cwd);
	buf_put(&b, t.args);
	seen[0] = '\0';
	/* A block of its own, so that a read past its end is seen. */
	char *own = malloc(b.len);

	memcpy(own, bytes, b.len);
	process_sensor_row.decode(state, (struct str){own, b.len}, (struct now){0, 0}, &sink);
	free(own);
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = calloc(1, process_sensor_row.size);
	process_sensor_row.init(state, NULL);
	events = 0;
	return 0;
}

static uint64_t counter(const char *name)
{
	struct sensors_counter out[SENSORS_COUNTERS_MAX];
	unsigned count = process_sensor_row.counters(state, out);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(out[i].name, name) == 0)
			return out[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

static const struct process_sample exec = {.kind = PROCESS_SAMPLE_EXEC, .source = 1, .flags = PROCESS_SAMPLE_IDS};

static struct process_sample who(struct process_sample h, uint32_t pid, uint32_t ppid)
{
	h.pid = pid;
	h.start = pid;
	h.ppid = ppid;
	h.parent_start = ppid;
	h.loginuid = PROCESS_SAMPLE_NOBODY;
	return h;
}

static void an_exec_is_told_with_its_parents(void **unused)
{
	struct process_sample h = who(exec, 30, 20);

	(void)unused;
	feed(who(exec, 10, 1), (struct texts){STR("sshd"), STR("/usr/sbin/sshd"), STR("/"), STR("sshd\0-D")});
	feed(who(exec, 20, 10), (struct texts){STR("bash"), STR("/bin/bash"), STR("/root"), STR("-bash")});
	h.uid = 1000;
	h.loginuid = 1000;
	feed(h, (struct texts){STR("curl"), STR("/usr/bin/curl"), STR("/tmp"), STR("curl\0-u\0joe:hunter2\0x")});
	assert_string_equal(seen,
			    "action=exec image=/usr/bin/curl args=curl -u joe:*** x user=1000 "
			    "parent_image=/bin/bash pid=30 ancestry=bash<sshd | exe=/usr/bin/curl name=curl cwd=/tmp "
			    "pargs=-bash euid=0 loginuid=1000");
	assert_int_equal(events, 3);
	assert_int_equal(counter("process_execs"), 3);
}

static void who_was_called_for_a_module_is_added_to_its_event(void **unused)
{
	struct process_sample h = who(exec, 30, 20);
	struct event event = {.kind = EVENT_MODULE, .module = {.action = MODULE_LOAD, .name = STR("dummy")}};

	(void)unused;
	process_sensor_row.complete(state, &event, (struct now){0, 0});
	assert_int_equal(event.module.pid, 0);
	h.loginuid = 1000;
	feed(h, (struct texts){STR("modprobe"), STR("/usr/bin/kmod"), STR("/"), STR("modprobe\0dummy")});
	event.kind = EVENT_PERIPHERAL;
	process_sensor_row.complete(state, &event, (struct now){0, 0});
	assert_int_equal(event.module.pid, 0);
	event.kind = EVENT_MODULE;
	process_sensor_row.complete(state, &event, (struct now){0, 0});
	assert_int_equal(event.module.pid, 30);
	assert_true(str_equal(event.module.image, STR("/usr/bin/modprobe")));
	assert_true(str_equal(event.module.user, STR("root")));
	assert_true(str_equal(event.module.loginuid, STR("1000")));
}

/* Whatever the file is called, and though the process is over when the kernel's event is read. */
static void who_had_a_module_loaded_is_added_to_its_event(void **unused)
{
	const struct process_sample did = {.kind = PROCESS_SAMPLE_LOADS, .source = 1};
	struct event event = {.kind = EVENT_MODULE, .module = {.action = MODULE_LOAD, .name = STR("dummy")}};

	(void)unused;
	feed(who(exec, 30, 20),
	     (struct texts){STR("insmod"), STR("/usr/bin/kmod"), STR("/"), STR("insmod\0/tmp/x.ko")});
	feed(who(did, 30, 0), (struct texts){.exe = STR("dummy")});
	feed(who((struct process_sample){.kind = PROCESS_SAMPLE_EXIT}, 30, 0), (struct texts){0});
	assert_int_equal(events, 1);
	process_sensor_row.complete(state, &event, (struct now){0, 0});
	assert_int_equal(event.module.pid, 30);
	assert_true(str_equal(event.module.image, STR("/usr/bin/insmod")));
	assert_true(str_equal(event.module.user, STR("root")));
	/* One that the table does not have is told of by its number. */
	event.module = (struct module_event){.action = MODULE_UNLOAD, .name = STR("dummy")};
	feed(who((struct process_sample){.kind = PROCESS_SAMPLE_UNLOADS}, 31, 0), (struct texts){.exe = STR("dummy")});
	process_sensor_row.complete(state, &event, (struct now){0, 0});
	assert_int_equal(event.module.pid, 31);
	assert_int_equal(event.module.user.len, 0);
	assert_int_equal(counter("process_damaged"), 0);
}

/* The kernel's program walks from the last name to the first. */
static void names_from_the_last_one_make_a_path(void **unused)
{
	struct process_sample h = who(exec, 30, 0);

	(void)unused;
	h.flags |= PROCESS_SAMPLE_BACK;
	feed(h, (struct texts){STR("x"), STR("x\0bin\0usr\0"), STR_NONE, STR("x")});
	assert_non_null(strstr(seen, "image=/usr/bin/x "));
	assert_non_null(strstr(seen, "cwd=/ "));
	h.flags |= PROCESS_SAMPLE_EXE_CUT;
	feed(h, (struct texts){STR("x"), STR("x\0deep\0"), STR("a\0"), STR("x")});
	assert_non_null(strstr(seen, "image=.../deep/x "));
}

static void an_applet_is_the_image_beside_the_real_path(void **unused)
{
	(void)unused;
	feed(who(exec, 5, 0), (struct texts){STR("wget"), STR("/bin/busybox"), STR("/"), STR("wget\0http://x/")});
	assert_non_null(strstr(seen, "image=/bin/wget "));
	assert_non_null(strstr(seen, "exe=/bin/busybox name=wget "));
	feed(who(exec, 6, 0),
	     (struct texts){STR("busybox"), STR("/bin/busybox"), STR("/"), STR("/bin/busybox\0nc\0-l")});
	assert_non_null(strstr(seen, "image=/bin/nc "));
	feed(who(exec, 7, 0), (struct texts){STR("sh"), STR("/bin/busybox"), STR("/"), STR("-sh")});
	assert_non_null(strstr(seen, "image=/bin/sh "));
	feed(who(exec, 10, 0), (struct texts){STR("insmod"), STR("/usr/bin/kmod"), STR("/"), STR("insmod\0/tmp/x.ko")});
	assert_non_null(strstr(seen, "image=/usr/bin/insmod "));
	feed(who(exec, 11, 0), (struct texts){STR("iptables"), STR("/usr/sbin/xtables-nft-multi"), STR("/"),
					      STR("/usr/sbin/iptables\0-F")});
	assert_non_null(strstr(seen, "image=/usr/sbin/iptables "));
	/* A first argument that is no applet's name makes no path. */
	feed(who(exec, 8, 0), (struct texts){STR("x"), STR("/bin/busybox"), STR("/"), STR("../../sbin\n/init x")});
	assert_non_null(strstr(seen, "image=/bin/busybox "));
	/* Any other program may call itself what it likes. */
	feed(who(exec, 9, 0), (struct texts){STR("sshd"), STR("/tmp/.x"), STR("/"), STR("/usr/sbin/sshd")});
	assert_non_null(strstr(seen, "image=/tmp/.x "));
}

static void a_fork_runs_its_parents_program(void **unused)
{
	struct process_sample fork = who((struct process_sample){.kind = PROCESS_SAMPLE_FORK, .source = 1}, 20, 10);

	(void)unused;
	feed(who(exec, 10, 1), (struct texts){STR("sh"), STR("/bin/sh"), STR("/"), STR("sh\0-c\0true")});
	feed(fork, (struct texts){.name = STR_NONE});
	feed(who(exec, 30, 20), (struct texts){STR("ls"), STR("/bin/ls"), STR("/"), STR("ls")});
	assert_non_null(strstr(seen, "parent_image=/bin/sh "));
	assert_non_null(strstr(seen, "ancestry=sh<sh "));
	assert_int_equal(events, 2);
}

static void a_pid_that_is_used_again_is_another_process(void **unused)
{
	struct process_sample h = who(exec, 30, 20);

	(void)unused;
	feed(who(exec, 20, 0), (struct texts){STR("old"), STR("/bin/old"), STR("/"), STR("old")});
	h.parent_start = 25; /* the parent with pid 20 is a later one */
	feed(h, (struct texts){STR("ls"), STR("/bin/ls"), STR("/"), STR("ls")});
	assert_null(strstr(seen, "parent_image="));
	assert_null(strstr(seen, "ancestry="));
	/* The end of the old one is not the end of the new one. */
	h = who(exec, 20, 0);
	h.start = 25;
	feed(h, (struct texts){STR("new"), STR("/bin/new"), STR("/"), STR("new")});
	feed(who((struct process_sample){.kind = PROCESS_SAMPLE_EXIT}, 20, 0), (struct texts){.name = STR_NONE});
	h = who(exec, 31, 20);
	h.start = 40;
	h.parent_start = 25;
	feed(h, (struct texts){STR("ls"), STR("/bin/ls"), STR("/"), STR("ls")});
	assert_non_null(strstr(seen, "parent_image=/bin/new "));
}

static void an_end_by_a_fault_is_told(void **unused)
{
	struct process_sample end = who((struct process_sample){.kind = PROCESS_SAMPLE_EXIT}, 20, 0);

	(void)unused;
	feed(who(exec, 20, 0), (struct texts){STR("httpd"), STR("/bin/httpd"), STR("/"), STR("httpd")});
	end.status = 0x80 | 11;
	feed(end, (struct texts){.name = STR_NONE});
	assert_non_null(strstr(seen, "action=exit image=/bin/httpd "));
	assert_non_null(strstr(seen, "signal=11"));
	feed(end, (struct texts){.name = STR_NONE});
	assert_int_equal(events, 2);
	assert_int_equal(counter("process_known"), 0);
}

static void a_full_table_forgets_and_says_so(void **unused)
{
	struct event row;
	unsigned rows = 0;

	(void)unused;
	for (uint32_t pid = 1; pid <= CONFIG_PROCESSES_MAX; pid++)
		feed(who(exec, pid, 0), (struct texts){STR("p"), STR("/bin/p"), STR("/"), STR("p")});
	assert_null(process_sensor_row.problem(state));
	/* What is a parent is of use. */
	feed(who(exec, CONFIG_PROCESSES_MAX + 1, 2), (struct texts){STR("p"), STR("/bin/p"), STR("/"), STR("p")});
	assert_non_null(process_sensor_row.problem(state));
	assert_int_equal(counter("process_forgotten"), 1);
	while (process_sensor_row.tables[0].row(state, rows, &row)) {
		assert_int_equal(row.process.action, PROCESS_RUNS);
		assert_int_not_equal(row.process.pid, 1);
		rows++;
	}
	assert_int_equal(rows, CONFIG_PROCESSES_MAX);
}

static void damaged_samples_are_counted_and_make_nothing(void **unused)
{
	static const struct texts t = {{"x", 1}, {"/x", 2}, {"/", 1}, {"x", 1}};
	const struct sensors_sink sink = {emit, NULL};
	struct process_sample h = who(exec, 0, 0);
	char bytes[sizeof(h) + 8] = {0};

	(void)unused;
	feed(h, t);
	h = who(exec, 5, 0);
	h.version = 9;
	feed(h, t);
	h = who(exec, 5, 0);
	h.kind = 77;
	feed(h, t);
	h = who(exec, 5, 0);
	h.version = PROCESS_SAMPLE_VERSION;
	h.args_len = 9;
	memcpy(bytes, &h, sizeof(h));
	for (size_t len = 0; len <= sizeof(bytes); len++)
		process_sensor_row.decode(state, (struct str){bytes, len}, (struct now){0, 0}, &sink);
	assert_int_equal(events, 0);
	assert_int_equal(counter("process_damaged"), 3 + sizeof(bytes) + 1);
}

/* "pid@start" of the process with that number and of its parents. */
static const char *lineage(uint32_t pid)
{
	static char text[128];
	struct process_kin kin[4];
	unsigned count = process_sensor_row.lineage(state, pid, kin, 4);
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u@%llu ", (unsigned)kin[i].pid,
					(unsigned long long)kin[i].start);
	return text;
}

/* What it did is often told of by another source, a moment after it ended. */
static void a_process_has_its_parents_also_when_it_has_ended(void **unused)
{
	struct process_sample fork = who((struct process_sample){.kind = PROCESS_SAMPLE_FORK, .source = 1}, 30, 20);
	struct process_sample exit = who((struct process_sample){.kind = PROCESS_SAMPLE_EXIT, .source = 1}, 30, 0);

	(void)unused;
	feed(who(exec, 20, 10), (struct texts){STR("bash"), STR("/bin/bash"), STR("/"), STR("-bash")});
	fork.start = exit.start = 77;
	feed(fork, (struct texts){.name = STR_NONE});
	assert_string_equal(lineage(30), "30@77 20@20 10@10 ");
	feed(exit, (struct texts){.name = STR_NONE});
	assert_string_equal(lineage(30), "30@77 20@20 10@10 ");
	assert_string_equal(lineage(31), "");
	/* What polls does not always know when the parent was made; the table does. */
	fork.parent_start = 0;
	feed(fork, (struct texts){.name = STR_NONE});
	assert_string_equal(lineage(30), "30@77 20@20 10@10 ");
	/* Whoever has the number now is meant. */
	fork.start = exit.start = 78;
	fork.ppid = fork.parent_start = 10;
	feed(fork, (struct texts){.name = STR_NONE});
	assert_string_equal(lineage(30), "30@78 10@10 ");
	feed(exit, (struct texts){.name = STR_NONE});
	assert_string_equal(lineage(30), "30@78 10@10 ");
	/* Not for ever. */
	for (uint32_t pid = 100; pid < 300; pid++) {
		fork.pid = exit.pid = pid;
		feed(fork, (struct texts){.name = STR_NONE});
		feed(exit, (struct texts){.name = STR_NONE});
	}
	assert_string_equal(lineage(30), "");
}

static void arguments_that_were_cut_say_so(void **unused)
{
	static char args[PROCESS_SAMPLE_ARGS_MAX];
	struct process_sample h = who(exec, 5, 0);
	struct event row;

	(void)unused;
	memset(args, 'a', sizeof(args));
	feed(h, (struct texts){STR("x"), STR("/x"), STR("/"), {args, sizeof(args)}});
	assert_int_equal(counter("process_args_cut"), 0);
	assert_true(process_sensor_row.tables[0].row(state, 0, &row));
	assert_true(row.process.args_cut); /* the table keeps the begin */
	h.flags |= PROCESS_SAMPLE_ARGS_CUT;
	feed(h, (struct texts){STR("x"), STR("/x"), STR("/"), {args, sizeof(args)}});
	assert_int_equal(counter("process_args_cut"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_exec_is_told_with_its_parents, begin),
		cmocka_unit_test_setup(who_was_called_for_a_module_is_added_to_its_event, begin),
		cmocka_unit_test_setup(who_had_a_module_loaded_is_added_to_its_event, begin),
		cmocka_unit_test_setup(names_from_the_last_one_make_a_path, begin),
		cmocka_unit_test_setup(an_applet_is_the_image_beside_the_real_path, begin),
		cmocka_unit_test_setup(a_fork_runs_its_parents_program, begin),
		cmocka_unit_test_setup(a_pid_that_is_used_again_is_another_process, begin),
		cmocka_unit_test_setup(an_end_by_a_fault_is_told, begin),
		cmocka_unit_test_setup(a_full_table_forgets_and_says_so, begin),
		cmocka_unit_test_setup(damaged_samples_are_counted_and_make_nothing, begin),
		cmocka_unit_test_setup(arguments_that_were_cut_say_so, begin),
		cmocka_unit_test_setup(a_process_has_its_parents_also_when_it_has_ended, begin),
	};
	int failed = cmocka_run_group_tests_name("process_sensor", tests, NULL, NULL);

	free(state);
	return failed;
}
