/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about sessions: who is logged in, and ending that. Everybody sees and ends their own, an admin anybody's.
 */
#pragma once

struct call;

void sessions_list(struct call *call);
void sessions_end(struct call *call);
