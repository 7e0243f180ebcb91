import CKernels.Base
import Foundation
import Testing

/// Blocks of pooled memory: size classes, release by other threads, ends of threads.
@Suite(.serialized) struct PoolTests {
  /// Runs `body` on a thread of its own and waits for the end of the thread, destructors included.
  private func onThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Body(run: body))
    pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    pthread_join(thread, nil)
  }
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
  /// A block that crosses threads.
  private final class Carried: @unchecked Sendable {
    var address: UInt = 0
    var block: UnsafeMutablePointer<ck_block> { UnsafeMutablePointer(bitPattern: address)! }
  }

  @Test func classesHoldWhatTheyServe() {
    for sizeClass in 1..<Int32(120) {
      let bytes = ck_class_bytes(sizeClass), below = ck_class_bytes(sizeClass - 1)
      #expect(below < bytes)
      #expect(ck_size_class(bytes) == sizeClass)
      #expect(ck_size_class(below + 1) == sizeClass)
      #expect(sizeClass <= 10 ? bytes == 2 * below : bytes <= below + below / 4)
    }
    #expect(ck_size_class(0) == 0 && ck_size_class(1) == 0 && ck_size_class(64) == 0 && ck_class_bytes(0) == 64)
    #expect(ck_size_class(Int64(CK_LARGEST_BLOCK)) < CK_POOL_CLASSES)
    #expect(ck_class_bytes(ck_size_class(Int64(CK_LARGEST_BLOCK))) == Int64(CK_LARGEST_BLOCK))
  }

  @Test func blocksAreAlignedAndReused() {
    onThread {
      for bytes in [0, 1, 64, 65, 100_000, 5 << 20] as [Int64] {
        let block = ck_block_make(bytes), data = ck_block_data(block)
        #expect(UInt(bitPattern: data) % 64 == 0 && block.pointee.capacity >= bytes)
        #expect(ck_block_references(block) == 1)
        memset(data, 0xFF, Int(bytes))
        ck_block_retain(block)
        ck_block_release(block)
        #expect(ck_block_references(block) == 1)
        ck_block_release(block)
        let again = ck_block_make(bytes)
        #expect(again == block)
        ck_block_release(again)
      }
    }
  }

  @Test func onlyBlocksOfTheSystemAreCounted() {
    onThread {
      ck_pool_trim()
      let before = ck_pool_system_blocks()
      for _ in 0..<3 { ck_block_release(ck_block_make(3000)) }
      #expect(ck_pool_system_blocks() == before + 1)
      let both = (ck_block_make(3000), ck_block_make(3000))
      #expect(ck_pool_system_blocks() == before + 2)
      ck_block_release(both.0)
      ck_block_release(both.1)
    }
  }

  @Test func trimGivesBackWhatIsCached() {
    onThread {
      ck_pool_trim()
      #expect(ck_pool_cached_bytes() == 0)
      let small = ck_block_make(1000), large = ck_block_make(1 << 20)
      ck_block_release(small)
      ck_block_release(large)
      #expect(ck_pool_cached_bytes() == 1024 + 1 << 20)
      #expect(ck_pool_trim() == 1024 + 1 << 20)
      #expect(ck_pool_cached_bytes() == 0)
    }
  }

  @Test func blocksReturnToTheThreadThatMadeThem() {
    onThread {
      ck_pool_trim()
      let carried = Carried()
      carried.address = UInt(bitPattern: ck_block_make(3000))
      onThread {
        ck_block_release(carried.block)
        #expect(ck_pool_cached_bytes() == 0)
      }
      // The owner takes returned blocks in when its own list is empty.
      let again = ck_block_make(3000)
      #expect(again == carried.block)
      ck_block_release(again)
    }
  }

  @Test func blocksOutliveTheirThread() {
    let carried = Carried()
    onThread {
      let block = ck_block_make(3000)
      memset(ck_block_data(block), 0x5A, 3000)
      carried.address = UInt(bitPattern: block)
    }
    let bytes = ck_block_data(carried.block).assumingMemoryBound(to: UInt8.self)
    #expect((0..<3000).allSatisfy { bytes[$0] == 0x5A })
    // An idle or adopted pool takes it back, whichever it is by now.
    ck_block_release(carried.block)
  }

  @Test(arguments: [-1, .min, Int64(CK_LARGEST_BLOCK) + 1, .max] as [Int64])
  func impossibleSizesEndTheProcess(bytes: Int64) async {
    await #expect(processExitsWith: .signal(SIGABRT)) { [bytes] in
      _ = ck_block_make(bytes)
    }
  }
}
