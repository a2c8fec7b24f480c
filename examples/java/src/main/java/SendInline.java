import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends a small CSV file (at most 1 MB) as a message: SendInline FILE [SOURCE]. */
public final class SendInline {
    public static void main(String[] arguments) throws Exception {
        Path path = Path.of(arguments[0]);
        String source = arguments.length > 1 ? arguments[1] : "example";

        Properties properties = new Properties();
        properties.put("bootstrap.servers",
            System.getenv().getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "localhost:9094"));
        properties.put("acks", "all");
        properties.put("enable.idempotence", true);
        properties.put("max.request.size", 2 << 20);

        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
            "files.inline", source.getBytes(StandardCharsets.UTF_8), Files.readAllBytes(path));
        record.headers().add(
            "filename", path.getFileName().toString().getBytes(StandardCharsets.UTF_8));

        try (var producer = new KafkaProducer<>(
                properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            System.out.println(producer.send(record).get());
        }
    }
}
