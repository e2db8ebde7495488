//! What the machine grants is little: memory and open files (catalogue F).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::restart::{TOKEN, answer, request, with_secret_file};
use super::{home, sandbox};

const MIB: usize = 1 << 20;

/// A delivery with a body of this many bytes.
fn large(bytes: usize, key: &str) -> Vec<u8> {
    let (front, back) = (br#"{"object_kind":"pipeline","log":""#, br#""}"#);
    let length = front.len() + bytes + back.len();
    let mut request = format!(
        "POST /webhooks/gitlab HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-Gitlab-Event: Pipeline Hook\r\nX-Gitlab-Token: {TOKEN}\r\nIdempotency-Key: {key}\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n",
    )
    .into_bytes();
    request.extend_from_slice(front);
    request.resize(request.len() + bytes, b'x');
    request.extend_from_slice(back);
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f21_a_flood_of_the_largest_bodies_is_answered_within_256_mib() {
    let sandbox = sandbox().await;
    let home = with_secret_file(home(&sandbox), TOKEN);
    let serving = home.serve();
    let address = serving.address;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..16)
            .map(|sender| {
                scope.spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    // Refused in the middle: the rest of a body can't be written any more.
                    drop(stream.write_all(&large(20 * MIB, &sender.to_string())));
                    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                    let mut text = [0; 12];
                    match stream.read_exact(&mut text) {
                        Ok(()) => String::from_utf8_lossy(&text[9..]).parse().unwrap(),
                        // The answer was overtaken by the reset that follows it.
                        Err(_) => 0,
                    }
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 408 | 503 | 0)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    let most = serving.most_memory();
    assert!(most <= 256 * MIB as u64, "{} MiB", most >> 20);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request(TOKEN, "afterwards").as_bytes()).unwrap();
    assert_eq!(answer(stream), 200);
    assert!(serving.terminate().status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f22_with_256_files_a_crowd_is_survived_and_service_goes_on() {
    let sandbox = sandbox().await;
    let home = with_secret_file(home(&sandbox), TOKEN);
    let serving = home.serve_within("-n 256");
    let crowd: Vec<TcpStream> =
        (0..400).map(|_| TcpStream::connect(serving.address).unwrap()).collect();
    // Somebody with a right to be heard waits among them.
    let mut among = TcpStream::connect(serving.address).unwrap();
    among.write_all(request(TOKEN, "among a crowd").as_bytes()).unwrap();
    let status = answer(among);
    assert!(matches!(status, 200 | 503), "{status}");
    drop(crowd);
    let start = Instant::now();
    loop {
        let mut stream = TcpStream::connect(serving.address).unwrap();
        let key = format!("afterwards {:?}", start.elapsed());
        stream.write_all(request(TOKEN, &key).as_bytes()).unwrap();
        match answer(stream) {
            200 => break,
            503 => assert!(start.elapsed() < Duration::from_secs(60), "it does not recover"),
            other => panic!("{other}"),
        }
    }
    assert!(serving.terminate().status.success());
}
