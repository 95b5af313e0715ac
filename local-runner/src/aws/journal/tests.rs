use super::*;

fn open(path: &Path) -> (Journal, Vec<Vec<u8>>) {
    let mut records = Vec::new();
    let journal = Journal::open(path, |record| {
        records.push(record.to_vec());
        Ok(())
    });
    (journal.unwrap(), records)
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.journal");
    (directory, path)
}

#[tokio::test]
async fn what_was_appended_is_replayed_in_order() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    let waits: Vec<_> = (0..100_u8).map(|n| journal.append(&[n; 3])).collect();
    for wait in waits {
        wait.await.unwrap();
    }
    drop(journal);
    let (_, records) = open(&path);
    assert_eq!(records, (0..100_u8).map(|n| vec![n; 3]).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_cut_anywhere_keeps_every_whole_record_and_goes_on() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    for text in ["one", "two", "three"] {
        journal.append(text.as_bytes()).await.unwrap();
    }
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    let ends = [16, 27, 38, 51];
    assert_eq!(whole.len(), ends[3]);
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let (journal, records) = open(&path);
        assert_eq!(records.len(), ends.iter().filter(|end| **end <= length).count().saturating_sub(1));
        journal.append(b"after").await.unwrap();
        drop(journal);
        assert_eq!(open(&path).1.last().unwrap(), b"after");
    }
}

#[tokio::test]
async fn a_flipped_bit_ends_the_replay_and_what_follows_is_kept_beside() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    journal.append(b"good").await.unwrap();
    journal.append(b"flipped").await.unwrap();
    drop(journal);
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(open(&path).1, [b"good"]);
    assert!(path.with_extension("torn").exists());
}

#[tokio::test]
async fn a_snapshot_takes_the_place_of_what_came_before_it() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    journal.append(b"old").await.unwrap();
    journal.append_lazily(b"covered by the snapshot");
    journal.replace(Box::new(|write| write(b"snapshot")));
    journal.append(b"new").await.unwrap();
    drop(journal);
    assert_eq!(open(&path).1, [b"snapshot".to_vec(), b"new".to_vec()]);
}

#[tokio::test]
async fn settled_waits_for_lazy_records_and_is_ready_when_nothing_is_pending() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    journal.append_lazily(b"lazy");
    journal.settled().await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 16 + 8 + 4);
    journal.settled().await.unwrap();
}

#[tokio::test]
async fn a_closed_journal_has_written_all_and_refuses_more() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    journal.append_lazily(b"last");
    journal.close();
    assert!(matches!(journal.append(b"too late").await, Err(JournalError::Closed)));
    drop(journal);
    assert_eq!(open(&path).1, [b"last"]);
}

#[test]
fn another_kind_of_file_is_refused_and_left_alone() {
    let (_directory, path) = scratch();
    std::fs::write(&path, "certainly not a journal").unwrap();
    assert!(matches!(Journal::open(&path, |_| Ok(())), Err(OpenError::Foreign { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"certainly not a journal");
}

#[test]
fn a_record_that_cannot_be_replayed_is_an_error_that_says_why() {
    let (_directory, path) = scratch();
    drop(open(&path).0.append(b"?"));
    let error = Journal::open(&path, |_| Err("what is this".into())).unwrap_err();
    assert!(error.to_string().contains("what is this"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn snapshots_taken_while_others_append_lose_nothing() {
    let (_directory, path) = scratch();
    let (journal, _) = open(&path);
    let service = Arc::new((journal, Mutex::new(Vec::<u32>::new())));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8_u32 {
        let service = Arc::clone(&service);
        writers.spawn(async move {
            for n in 0..100 {
                let durable = {
                    let (journal, state) = &*service;
                    let mut state = state.lock().unwrap();
                    state.push(writer * 1000 + n);
                    let durable = journal.append(&(writer * 1000 + n).to_le_bytes());
                    if n % 10 == writer {
                        let all = state.clone();
                        journal.replace(Box::new(move |write| {
                            all.iter().try_for_each(|number| write(&number.to_le_bytes()))
                        }));
                    }
                    durable
                };
                durable.await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let expected: Vec<_> =
        service.1.lock().unwrap().iter().map(|number| number.to_le_bytes().to_vec()).collect();
    drop(service);
    assert_eq!(open(&path).1, expected);
}
