/* SPDX-License-Identifier: Apache-2.0 */
/* What a service may change of a device's settings, and what stays the device's own. */
#include "agent/common/settings_tune.h"

#include "proto/tuning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings own, tuned;
static struct ini_error error;

/* The device's own files, over the defaults. */
static void device(const char *text)
{
	settings_default(&own);
	assert_int_equal(settings_read(&own, STR("[auth]\nfiles = /var/log/auth.log\n"), &error), ERR_OK);
	assert_int_equal(settings_read(&own, str_from(text), &error), ERR_OK);
}

static enum err tune(const char *text)
{
	tuned = own;
	memset(&error, 0, sizeof(error));
	return settings_tune(&tuned, &own, str_from(text), &error);
}

static void refuse(const char *text, enum err err, unsigned line, const char *why)
{
	assert_int_equal(tune(text), err);
	assert_int_equal(error.line, line);
	assert_non_null(strstr(error.text, why));
}

static void mode_and_thresholds_are_the_services(void **state)
{
	(void)state;
	device("[response]\nmode = observe\n");
	assert_int_equal(tune("[response]\nmode = enforce\nban_time = 30m\n[rule.brute_force]\ncount = 3\n"), ERR_OK);
	assert_int_equal(tuned.mode, MODE_ENFORCE);
	assert_int_equal(tuned.ban_s, 1800);
	assert_int_equal(tuned.rules[RULE_BRUTE_FORCE].count, 3);
	assert_int_equal(tune(""), ERR_OK);
	assert_int_equal(tuned.mode, MODE_OBSERVE);
}

static void keys_that_reach_further_are_not(void **state)
{
	static const char *const texts[] = {
		"[response]\nmode = observe\n[guard]\nuser = root\n",
		"[response]\nmode = observe\n[guard]\ncore = /tmp/core\n",
		"[response]\nmode = observe\n[server]\naddress = evil.example\n",
		"[response]\nmode = observe\n[hook x]\nprogram = /bin/sh\n",
		"[response]\nmode = observe\n[rule.brute_force]\nsteps = ban reset\n",
		"[response]\nmode = observe\n[response]\ntrust_logs = yes\n",
		"[response]\nmode = observe\n[accounts]\nshadow = /tmp/shadow\n",
		"[response]\nmode = observe\n[objects]\ntuning = yes\n",
	};

	(void)state;
	device("");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuse(texts[i], ERR_DENIED, 4, "a service may not set this");
}

static void what_the_device_never_bans_it_never_bans(void **state)
{
	static char text[2048];
	int len;

	(void)state;
	device("[response]\nnever_ban = 10.0.0.0/8 host.example\n");
	assert_int_equal(tune("[response]\nnever_ban = 192.0.2.7\nnever_ban = 10.0.0.0/8\n"), ERR_OK);
	assert_int_equal(tuned.never_ban_count, 2);
	assert_int_equal(tuned.never_ban_name_count, 1);
	assert_string_equal(tuned.never_ban_names[0], "host.example");
	len = snprintf(text, sizeof(text), "[response]\n");
	for (unsigned i = 0; i < SETTINGS_NEVER_BAN_MAX; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "never_ban = 192.0.2.%u\n", i);
	refuse(text, ERR_FULL, 0, "with the device's own these are more than");
}

static void a_rule_that_does_more_than_ban_fires_no_sooner(void **state)
{
	(void)state;
	device("[response]\ntrust_logs = yes\n[rule.breach]\nenabled = no\nsteps = logout\ncount = 5\n");
	refuse("[rule.breach]\nenabled = yes\n", ERR_DENIED, 0, "[rule.breach]");
	device("[response]\ntrust_logs = yes\n[rule.breach]\nenabled = yes\nsteps = logout\ncount = 5\n");
	refuse("[rule.breach]\ncount = 1\n", ERR_DENIED, 0, "[rule.breach]");
	assert_int_equal(tune("[rule.breach]\nenabled = no\n"), ERR_OK);
	assert_false(tuned.rules[RULE_BREACH].enabled);
}

static void what_no_file_could_say_is_refused(void **state)
{
	(void)state;
	device("");
	refuse("[response]\nmode = enforced\n", ERR_INVALID, 2, "enforced");
	refuse("[response]\nban_neighbours = 2\n", ERR_INVALID, 0, "ban_neighbours");
	refuse("mode = enforce\n", ERR_INVALID, 1, "");
}

/* The desk's table and the device's have to agree, or the desk passes what every device refuses. */
static void every_key_of_the_table_is_one_of_the_settings(void **state)
{
	static const char *const samples[] = {"enforce", "yes", "", "", "high", "22:00-06:00", "192.0.2.0/24"};
	const struct tuning_key *key;
	char text[128], number[16], why[TUNING_WHY_MAX];

	(void)state;
	device("");
	for (unsigned i = 0; (key = tuning_key_at(i)) != NULL; i++) {
		const char *value = samples[key->type];

		snprintf(number, sizeof(number), "%u", key->max);
		if (!value[0])
			value = number;
		assert_int_equal(tuning_value(key, str_from(value), why), ERR_OK);
		snprintf(text, sizeof(text), "[%s%s]\n%s = %s\n", key->section,
			 strcmp(key->section, "rule.") == 0 ? "brute_force" : "", key->key, value);
		assert_int_equal(tune(text), ERR_OK);
	}
}

static void values_of_another_form_are_told_of(void **state)
{
	static const struct {
		const char *section, *key, *value;
	} bad[] = {
		{"response", "mode", "yes"},
		{"response", "ban_time", "10 minutes"},
		{"response", "ban_time", "31d"},
		{"response", "ban_time", ""},
		{"response", "quiet_hours", "22-06"},
		{"response", "never_ban", "a.example"},
		{"response", "never_ban", "1.2.3.4/"},
		{"rule.x", "count", "0"},
		{"rule.x", "count", "-1"},
		{"rule.x", "enabled", "true"},
		{"rules", "level", "severe"},
		{"response", "quiet_hours", "22:00-06:00x"},
	};
	char why[TUNING_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct tuning_key *key = tuning_key(str_from(bad[i].section), str_from(bad[i].key));

		assert_non_null(key);
		why[0] = '\0';
		assert_int_equal(tuning_value(key, str_from(bad[i].value), why), ERR_INVALID);
		assert_int_equal(strncmp(why, "is n", 4), 0);
	}
	assert_null(tuning_key(STR("rule."), STR("count")));
	assert_null(tuning_key(STR("response"), STR("count")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mode_and_thresholds_are_the_services),
		cmocka_unit_test(keys_that_reach_further_are_not),
		cmocka_unit_test(what_the_device_never_bans_it_never_bans),
		cmocka_unit_test(a_rule_that_does_more_than_ban_fires_no_sooner),
		cmocka_unit_test(what_no_file_could_say_is_refused),
		cmocka_unit_test(every_key_of_the_table_is_one_of_the_settings),
		cmocka_unit_test(values_of_another_form_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
