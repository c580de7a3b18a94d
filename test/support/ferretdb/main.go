// Package main serves the MongoDB wire protocol from FerretDB on SQLite: the server that the tests of the MongoDB
// adapters run against where no MongoDB is at hand.
//
//	ferretdb <folder> [address]
//
// It prints one line with its connection string once it listens, and ends when its input ends or it is signalled, so
// that it never outlives the test that started it.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: ferretdb <folder> [address]")
	}
	address := "127.0.0.1:0"
	if len(os.Args) > 2 {
		address = os.Args[2]
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		// Tests kill it, and do not cut the machine's power: what it wrote is there all the same.
		SQLiteURL: "file:" + os.Args[1] + "/?_pragma=synchronous(off)",
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go func() {
		inner, err := url.Parse(server.MongoDBURI())
		if err != nil {
			log.Fatal(err)
		}
		changes := &atomicUpdates{inner: inner.Host}
		go changes.serve(ctx, listener)
		fmt.Printf("mongodb://%s/\n", listener.Addr())
	}()
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
