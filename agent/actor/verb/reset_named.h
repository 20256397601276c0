/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the verb `reset` for what the settings name, [credential NAME]; those of action.h. */
#pragma once

#include "agent/actor/verb/action.h"

enum err reset_named_rails(struct actor *a, struct action *action);
enum err reset_named_apply(struct actor *a, struct action *action);
