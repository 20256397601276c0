/* SPDX-License-Identifier: Apache-2.0 */
/* All sensors with a state in this build. */
#include "agent/sensors/sensors.h"

/* clang-format off */
const struct sensors_row *const sensors_rows[] = {
	IF_ENABLED(CONFIG_SENSOR_PROCESS, (&process_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_SOCKET, (&socket_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_PACKET, (&packet_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_FILE, (&file_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_MODULE, (&module_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_PERIPHERAL, (&peripheral_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_SESSION, (&session_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_EXPOSURE, (&exposure_sensor_row,))
	IF_ENABLED(CONFIG_SENSOR_ACCOUNT, (&account_sensor_row,))
	NULL,
};
/* clang-format on */
