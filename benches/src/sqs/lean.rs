//! As little client as possible: requests written by hand to a socket per thread, answers searched for what is needed.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
};

use crate::{BATCH, BATCHES, BODY_BYTES, WORKERS};

struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::with_capacity(64 * 1024, stream), request: Vec::new(), answer: Vec::new() }
    }

    fn write(&mut self, action: &str, body: &str) {
        self.request.clear();
        write!(
            self.request,
            "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-amz-target: AmazonSQS.{action}\r\n\
             content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        self.stream.get_mut().write_all(&self.request).unwrap();
    }

    fn call(&mut self, action: &str, body: &str) -> &str {
        self.write(action, body);
        let (mut line, mut length) = (String::new(), 0);
        for n in 0.. {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            assert!(n > 0 || line.contains(" 200 "), "{action}: {line}");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        self.answer.resize(length, 0);
        self.stream.read_exact(&mut self.answer).unwrap();
        std::str::from_utf8(&self.answer).unwrap()
    }
}

/// Creates a queue and returns its URL.
pub(crate) fn create_queue(address: SocketAddr, name: &str, attributes: &str) -> String {
    let mut connection = Connection::open(address);
    let answer = connection.call("CreateQueue", &format!(r#"{{"QueueName":"{name}"{attributes}}}"#));
    strings(answer, "QueueUrl").next().unwrap().to_owned()
}

/// The values of a member, wherever it stands.
fn strings<'a>(json: &'a str, member: &str) -> impl Iterator<Item = &'a str> {
    let key = format!("\"{member}\":\"");
    let mut rest = json;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&key)?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        Some(value)
    })
}

/// Sends everything and returns when everything was received and deleted.
pub(crate) fn work(address: SocketAddr, url: &str) {
    let deleted: usize = thread::scope(|scope| {
        let work = |worker| scope.spawn(move || work_one(address, url, worker));
        let workers: Vec<_> = (0..WORKERS).map(work).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    let left = receive_and_delete_all(&mut Connection::open(address), url);
    assert_eq!(deleted + left, WORKERS * BATCHES * BATCH);
}

fn work_one(address: SocketAddr, url: &str, worker: usize) -> usize {
    let mut connection = Connection::open(address);
    let body = "x".repeat(BODY_BYTES);
    let is_fifo = url.ends_with(".fifo");
    let mut deleted = 0;
    for batch in 0..BATCHES {
        let mut send = format!(r#"{{"QueueUrl":"{url}","Entries":["#);
        for n in 0..BATCH {
            let comma = if n == 0 { "" } else { "," };
            write!(send, r#"{comma}{{"Id":"{n}","MessageBody":"{body}""#).unwrap();
            if is_fifo {
                write!(
                    send,
                    r#","MessageGroupId":"{worker}","MessageDeduplicationId":"{worker}-{batch}-{n}""#
                )
                .unwrap();
            }
            send.push('}');
        }
        send.push_str("]}");
        assert!(!connection.call("SendMessageBatch", &send).contains("Failed"));
        deleted += receive_and_delete(&mut connection, url);
    }
    deleted
}

fn receive_and_delete_all(connection: &mut Connection, url: &str) -> usize {
    std::iter::from_fn(|| Some(receive_and_delete(connection, url)).filter(|deleted| *deleted > 0)).sum()
}

fn receive_and_delete(connection: &mut Connection, url: &str) -> usize {
    let receive = format!(r#"{{"QueueUrl":"{url}","MaxNumberOfMessages":10}}"#);
    let answer = connection.call("ReceiveMessage", &receive);
    let mut delete = format!(r#"{{"QueueUrl":"{url}","Entries":["#);
    let mut received = 0;
    for handle in strings(answer, "ReceiptHandle") {
        let comma = if received == 0 { "" } else { "," };
        write!(delete, r#"{comma}{{"Id":"{received}","ReceiptHandle":"{handle}"}}"#).unwrap();
        received += 1;
    }
    delete.push_str("]}");
    if received > 0 {
        assert!(!connection.call("DeleteMessageBatch", &delete).contains("Failed"));
    }
    received
}

/// Connections that wait for a message.
pub(crate) fn long_polls(address: SocketAddr, url: &str, number: usize) -> Vec<impl Sized> {
    let receive = format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":20}}"#);
    let poll = |_| {
        let mut connection = Connection::open(address);
        connection.write("ReceiveMessage", &receive);
        connection
    };
    (0..number).map(poll).collect()
}
