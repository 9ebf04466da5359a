'use client';

import { Aperture } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../components/ui/Button.tsx';
import { Dialog } from '../components/ui/Dialog.tsx';
import { Notice } from '../components/ui/Notice.tsx';

interface CameraDialogProps {
  /** Where the picture goes. */
  text: string;
  onPicture: (picture: Blob | null) => void;
  onClose: () => void;
}

/** What the camera sees, and a button that takes it. The camera is off as soon as this is closed. */
export function CameraDialog({ text, onPicture, onClose }: CameraDialogProps) {
  const t = useTranslations('tryPicture');
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<'opening' | 'open' | 'refused'>('opening');
  useEffect(() => {
    let stream: MediaStream | null = null;
    let closed = false;
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
    const open = async (): Promise<void> => {
      // Without TLS, except on localhost, a browser has none.
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (closed || video.current === null) return stop();
      video.current.srcObject = stream;
      await video.current.play();
      setState('open');
    };
    open().catch(() => !closed && setState('refused'));
    return () => {
      closed = true;
      stop();
    };
  }, []);
  const shoot = (): void => {
    const { current } = video;
    if (current === null) return;
    const canvas = document.createElement('canvas');
    canvas.width = current.videoWidth;
    canvas.height = current.videoHeight;
    canvas.getContext('2d')?.drawImage(current, 0, 0);
    canvas.toBlob(
      (picture) => {
        onPicture(picture);
        onClose();
      },
      'image/jpeg',
      0.95,
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('cameraTitle')}
      description={text}
      actions={
        <Button look="primary" disabled={state !== 'open'} onClick={shoot}>
          <Aperture aria-hidden />
          {t('shoot')}
        </Button>
      }
    >
      {state === 'refused' && <Notice tone="bad" alert>{t('cameraRefused')}</Notice>}
      <video ref={video} muted playsInline className="aspect-video w-full rounded-lg bg-hover object-cover" />
    </Dialog>
  );
}
