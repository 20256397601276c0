/* SPDX-License-Identifier: Apache-2.0 */
/* The users that exist in this process's user namespace: /proc/self/uid_map, user_namespaces(7). */
#pragma once

#include <stdbool.h>

/* Whether root is the only one. Then root has no privilege outside. False where the map cannot be read. */
bool user_map_only_root(void);

/* The same of the map's text. */
bool user_map_is_only_root(const char *text);
