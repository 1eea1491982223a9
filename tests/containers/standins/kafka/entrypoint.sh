# KAFKA_LOG_DIRS=… becomes log.dirs=…, as in the image that this stands in for.
set -euf
file=/opt/kafka/config/server.properties
env | grep '^KAFKA_' | grep -v '^KAFKA_HEAP_OPTS=' | while IFS='=' read -r name value; do
    key=$(printf '%s' "${name#KAFKA_}" | tr 'A-Z_' 'a-z.')
    printf '%s=%s\n' "$key" "$value"
done >"$file"
java="java $KAFKA_HEAP_OPTS -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp /opt/kafka/libs/*"
if [ ! -f "$KAFKA_LOG_DIRS/meta.properties" ]; then
    $java kafka.tools.StorageTool format --cluster-id "$CLUSTER_ID" --config "$file"
fi
exec $java kafka.Kafka "$file"
