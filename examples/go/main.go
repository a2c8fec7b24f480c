// Announces a file that lies in the store already: announce BUCKET OBJECT_KEY [FILENAME].
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
)

type announcement struct {
	Bucket    string `json:"bucket"`
	ObjectKey string `json:"object_key"`
	Filename  string `json:"filename,omitempty"`
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: announce BUCKET OBJECT_KEY [FILENAME]")
	}
	servers := os.Getenv("KAFKA_BOOTSTRAP_SERVERS")
	if servers == "" {
		servers = "localhost:9094"
	}
	said := announcement{Bucket: os.Args[1], ObjectKey: os.Args[2]}
	if len(os.Args) > 3 {
		said.Filename = os.Args[3]
	}
	value, err := json.Marshal(said)
	if err != nil {
		log.Fatal(err)
	}
	// Idempotent, and acknowledged by all replicas, unless told otherwise.
	client, err := kgo.NewClient(kgo.SeedBrokers(servers))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	record := &kgo.Record{Topic: "files.announced", Key: []byte(said.ObjectKey), Value: value}
	if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s/%d/%d\n", record.Topic, record.Partition, record.Offset)
}
