/* SPDX-License-Identifier: Apache-2.0 */
/* Says which rule or series a number in an old saved state was. The lists are what was, so nothing is added to them. */
#include "agent/rules/rule_old.h"

#include "agent/base/hash.h"

static const struct rule_stranger list[] = {
	{.id = "brute_force", .title = "Password guessing from one address", .rule = {.level = SEV_MEDIUM}},
	{.id = "enumeration", .title = "One address looks for accounts that exist", .rule = {.level = SEV_MEDIUM}},
	{.id = "spraying", .title = "One address tries many accounts", .rule = {.level = SEV_MEDIUM}},
	{.id = "probing", .title = "One address probes a login service", .rule = {.level = SEV_MEDIUM}},
	{.id = "breach",
	 .title = "A login succeeded after failures from the same address",
	 .rule = {.level = SEV_HIGH, .by_user = true}},
};

#define LIST (sizeof(list) / sizeof(list[0]))

void rule_old_meet(struct rule_set *set)
{
	for (size_t i = 0; i < LIST; i++)
		rule_set_meet(set, &list[i]);
}

uint64_t rule_old_take(struct view *v, uint16_t version)
{
	if (version > RULE_OLD_VERSION)
		return view_be64(v);
	uint8_t place = view_be8(v);

	return place < LIST ? hash_name(list[place].id) : 0;
}

uint64_t rule_old_series(unsigned place)
{
	static const char *const names[RULE_OLD_SERIES] = {"failures", "probes", "users", "unknown_users", "vouched"};

	return hash_name(names[place]);
}
