/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passwd(5), shadow(5), sudoers(5) and sshd_config(5) against any bytes: a replaced password changes exactly one field
 * of exactly one line, the first of that name, every judgement comes to an end inside the text, and a hash that may be
 * given fits into its field and lets somebody in.
 */
#include "agent/actor/sys/shadow.h"
#include "agent/actor/sys/ways.h"
#include "agent/base/require.h"
#include "agent/common/password.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char hash[] = "$y$j9T$salt$hash";

static void check_replaced(struct str before, struct str after, const char *account)
{
	struct str old_line = shadow_line(before, account), new_line = shadow_line(after, account);
	struct str old = shadow_field(old_line, 1);
	size_t at = (size_t)(old.data - before.data);

	require(str_equal(shadow_field(new_line, 1), str_from(hash)));
	require(after.len == before.len - old.len + strlen(hash));
	require(memcmp(before.data, after.data, at) == 0);
	require(memcmp(before.data + at + old.len, after.data + at + strlen(hash), before.len - at - old.len) == 0);
}

static bool keys(void *context, const char *home, uid_t uid)
{
	(void)context;
	return uid % 2 == 0 && home[0] == '/';
}

static void judge(struct str text)
{
	const struct ways w = {.passwd = text,
			       .shadow = text,
			       .group = text,
			       .sudoers = text,
			       .today = 20000,
			       .sshd = ways_sshd_read(text),
			       .keys = keys};
	char names[WAYS_SSHD_TEXT_MAX], why[PASSWORD_WHY_MAX] = "";

	if (password_check(text, text, why) == ERR_OK)
		require(text.len < PASSWORD_GIVEN_MAX && str_find_byte(text, ':') == SIZE_MAX &&
			str_find_byte(text, '\n') == SIZE_MAX && shadow_usable(text));
	else
		require(strlen(why) > 0);
	ways_sshd_text(w.sshd.others, names);
	require(strlen(names) < sizeof(names));
	(void)ways_is_last(&w, "bob");
	(void)ways_home_twin(text, "bob");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	char *memory = malloc(size + sizeof(hash));
	struct buf b = buf_over(memory, size + sizeof(hash));
	enum err err;

	require(memory != NULL);
	err = shadow_replace(text, "bob", hash, &b);
	require(err == ERR_OK || err == ERR_NOT_FOUND);
	require((err == ERR_NOT_FOUND) == (shadow_line(text, "bob").data == NULL));
	if (err == ERR_OK)
		check_replaced(text, buf_str(&b), "bob");
	judge(text);
	free(memory);
	return 0;
}
