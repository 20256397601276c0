/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `conclude`: ends what `maintain` began. */
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"

const struct action_row conclude_row = {
	.verb = VERB_CONCLUDE,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
};
