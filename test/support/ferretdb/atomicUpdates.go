package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

const (
	headerLength   = 16
	opMsg          = 2013
	moreToCome     = 2
	longestMessage = 48 * 1024 * 1024
)

// atomicUpdates stands before FerretDB and lets changes through one at a time. MongoDB changes a document under its
// filter in one step; FerretDB 1 on SQLite looks for it first and then writes it, so that two clients which both wait
// for the same state would both be told that they changed it.
type atomicUpdates struct {
	inner  string
	change sync.Mutex
}

func (a *atomicUpdates) serve(ctx context.Context, listener net.Listener) {
	go func() {
		<-ctx.Done()
		_ = listener.Close()
	}()
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go a.relay(ctx, client)
	}
}

// relay hands over requests and answers in turn, as MongoDB's drivers do on each of their connections.
func (a *atomicUpdates) relay(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", a.inner)
	if err != nil {
		return
	}
	defer server.Close()
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-ctx.Done():
			_ = client.Close()
			_ = server.Close()
		case <-done:
		}
	}()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		answer, err := a.exchange(server, request)
		if err != nil {
			return
		}
		if answer == nil {
			continue
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
	}
}

func (a *atomicUpdates) exchange(server net.Conn, request []byte) ([]byte, error) {
	if changes(request) {
		a.change.Lock()
		defer a.change.Unlock()
	}
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	if isOpMsg(request) && binary.LittleEndian.Uint32(request[headerLength:])&moreToCome != 0 {
		return nil, nil
	}
	return readMessage(server)
}

func readMessage(from io.Reader) ([]byte, error) {
	header := make([]byte, headerLength)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerLength || length > longestMessage {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	message := make([]byte, length)
	copy(message, header)
	_, err := io.ReadFull(from, message[headerLength:])
	return message, err
}

func isOpMsg(message []byte) bool {
	return len(message) > headerLength+4 && binary.LittleEndian.Uint32(message[12:]) == opMsg
}

// changes tells by the name of the command, which is the first field of the body: flags, kind of section, length of the
// document, type of the field, name. Drivers put the body first.
func changes(message []byte) bool {
	const name = headerLength + 4 + 1 + 4 + 1
	if !isOpMsg(message) || len(message) <= name || message[headerLength+4] != 0 {
		return false
	}
	command, _, _ := bytes.Cut(message[name:], []byte{0})
	switch string(command) {
	case "update", "insert", "delete", "findAndModify":
		return true
	}
	return false
}
