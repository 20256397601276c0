/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine is called, for those who read its logs: the guard, `caltrop parse` and `caltrop replay`. */
#pragma once

/* Tell the decoders (log_cut_own_host()), before the first line. Without a name, no line is taken for this machine's.
 */
void own_host_tell(void);
