/* SPDX-License-Identifier: Apache-2.0 */
/* All sources of this build. */
#include "agent/source/audit_stream.h"
#include "agent/source/exposure_watch.h"
#include "agent/source/journald.h"
#include "agent/source/lookout_pipe.h"
#include "agent/source/packet_watch.h"
#include "agent/source/process_watch.h"
#include "agent/source/socket_watch.h"
#include "agent/source/sources.h"
#include "agent/source/syslog_socket.h"
#include "agent/source/tail.h"
#include "agent/source/uevent_socket.h"

/* clang-format off */
const struct source_row *const sources_table[] = {
	&tail_row,
	IF_ENABLED(CONFIG_SOURCE_SYSLOG, (&syslog_socket_row,))
	IF_ENABLED(CONFIG_SOURCE_AUDIT, (&audit_stream_row,))
	IF_ENABLED(CONFIG_SOURCE_JOURNAL, (&journald_row,))
	IF_ENABLED(CONFIG_SOURCE_PROCESS, (&process_watch_row,))
	IF_ENABLED(CONFIG_SOURCE_SOCKET, (&socket_watch_row,))
	IF_ENABLED(CONFIG_SOURCE_PACKET, (&packet_watch_row,))
	IF_ENABLED(CONFIG_LOOKOUT, (&lookout_pipe_row,))
	IF_ENABLED(CONFIG_SOURCE_UEVENT, (&uevent_socket_row,))
	IF_ENABLED(CONFIG_SOURCE_EXPOSURE, (&exposure_watch_row,))
	NULL,
};
/* clang-format on */
