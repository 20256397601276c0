/* SPDX-License-Identifier: Apache-2.0 */
/* The console's files: what may be named, how each is answered, and that all of them together stay small. */
#include "server-stub/api/asset.h"
#include "server-stub/api/call.h"
#include "server-stub/api/console.h"
#include "server-stub/api/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COMPRESSED_MAX (120u * 1024) /* what a browser loads the first time */

static struct api api;
static struct http http;
static struct call call;
static char head[2048];

static int setup(void **state)
{
	(void)state;
	api.page = malloc(CALL_PAGE_BYTES);
	return api.page ? 0 : 1;
}

static int teardown(void **state)
{
	(void)state;
	free(api.page);
	return 0;
}

static void ask(void (*handler)(struct call *), const char *name, const char *web_root)
{
	struct buf b = buf_over(head, sizeof(head) - 1);

	api.env.web_root = web_root;
	call = (struct call){.api = &api, .http = &http, .arg = str_from(name)};
	handler(&call);
	reply_head(&call, &b, call.body.len);
	assert_false(b.overflow);
	head[b.len] = '\0';
}

static bool says(const char *line)
{
	return strstr(head, line) != NULL;
}

static const char *script(void)
{
	for (const struct asset *a = asset_table; a->name; a++)
		if (str_ends(str_from(a->name), STR(".js")))
			return a->name;
	fail();
	return NULL;
}

static void console_is_small_and_compressed(void **state)
{
	unsigned sum = 0;

	(void)state;
	assert_non_null(asset_find(STR(ASSET_INDEX)));
	for (const struct asset *a = asset_table; a->name; a++) {
		assert_true(asset_name_good(str_from(a->name)));
		assert_true(a->len > 2 && a->bytes[0] == 0x1f && a->bytes[1] == 0x8b);
		sum += a->len;
	}
	assert_true(sum < COMPRESSED_MAX);
}

static void page_is_asked_for_each_time_and_may_do_little(void **state)
{
	(void)state;
	ask(console_page, "", NULL);
	assert_int_equal(call.status, 200);
	assert_true(says("Content-Type: text/html; charset=utf-8\r\n"));
	assert_true(says("Content-Encoding: gzip\r\n"));
	assert_true(says("Cache-Control: no-store\r\n"));
	assert_true(says("X-Content-Type-Options: nosniff\r\n"));
	assert_true(says("Content-Security-Policy: default-src 'none'; script-src 'self';"));
	assert_true(says("frame-ancestors 'none'"));
	assert_true(says("require-trusted-types-for 'script'"));
	assert_false(says("unsafe"));
}

static void hashed_files_are_kept_for_ever(void **state)
{
	(void)state;
	ask(console_asset, script(), NULL);
	assert_int_equal(call.status, 200);
	assert_true(says("Content-Type: text/javascript; charset=utf-8\r\n"));
	assert_true(says("Cache-Control: public, max-age=31536000, immutable\r\n"));
	assert_true(says("X-Content-Type-Options: nosniff\r\n"));
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"..",
		".html",
		"..%2fserver.conf",
		"%2e%2e",
		"a/b.js",
		"/etc/passwd",
		"a\\b.js",
		"index.html%00.js",
		"console.js/",
		"ca.pem",
		"server.conf",
		"console.js.map",
		"CONSOLE.JS",
		"a234567890123456789012345678901234567890123456789012345678901234.js",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_false(asset_name_good(str_from(names[i])));
		ask(console_asset, names[i], NULL);
		assert_int_equal(call.status, 404);
		ask(console_asset, names[i], "/etc");
		assert_int_equal(call.status, 404);
	}
}

static void page_has_one_address(void **state)
{
	(void)state;
	ask(console_asset, ASSET_INDEX, NULL);
	assert_int_equal(call.status, 404);
	assert_true(says("Cache-Control: no-store\r\n"));
}

static void directory_gives_what_its_files_are_now_and_no_link(void **state)
{
	char dir[] = "/tmp/console_test.??????", path[64], link[64], pipe[64];
	FILE *file;

	(void)state;
	memset(dir + strlen(dir) - 6, 'X', 6);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/index.html", dir);
	snprintf(link, sizeof(link), "%s/link.js", dir);
	snprintf(pipe, sizeof(pipe), "%s/pipe.js", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("<p>being worked on", file);
	fclose(file);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);

	ask(console_page, "", dir);
	assert_int_equal(call.status, 200);
	assert_true(str_equal(buf_str(&call.body), STR("<p>being worked on")));
	assert_true(says("Cache-Control: no-store\r\n") && !says("Content-Encoding"));
	ask(console_asset, "link.js", dir);
	assert_int_equal(call.status, 404);
	ask(console_asset, "pipe.js", dir);
	assert_int_equal(call.status, 404);
	ask(console_asset, script(), dir);
	assert_int_equal(call.status, 404);

	unlink(path);
	unlink(link);
	unlink(pipe);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(console_is_small_and_compressed),
		cmocka_unit_test(page_is_asked_for_each_time_and_may_do_little),
		cmocka_unit_test(hashed_files_are_kept_for_ever),
		cmocka_unit_test(names_that_lead_elsewhere_are_refused),
		cmocka_unit_test(page_has_one_address),
		cmocka_unit_test(directory_gives_what_its_files_are_now_and_no_link),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
